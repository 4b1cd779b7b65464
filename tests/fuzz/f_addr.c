/* SPDX-License-Identifier: ISC */
/* Mail addresses: paths, the normal form, names.
 *
 * Covers: lib/addr.c lib/addr_path.c */
#include "lib/addr.h"
#include "tests/fuzz/fuzz.h"

/* The normal form is an address and its own normal form. */
static void
normal(const char *s, size_t len)
{
	stralloc once = { 0 }, twice = { 0 };
	const char *why;
	char *copy;
	size_t at;

	addr_normalise(&once, s, len);
	copy = fuzz_copy(once.s, once.len);
	FUZZ_HOLDS(addr_check(copy, once.len, &why) == 1);
	addr_normalise(&twice, copy, once.len);
	FUZZ_HOLDS(sa_same(&once, &twice));
	at = addr_at(copy, once.len);
	FUZZ_HOLDS(at < once.len && at <= ADDR_LOCAL_MAX + 66);
	FUZZ_HOLDS(once.len <= ADDR_MAX);
	FUZZ_HOLDS(!memchr(copy, '\n', once.len) && !memchr(copy, 0, once.len));
	free(copy);
	sa_free(&once);
	sa_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_copy(data, size);
	stralloc out = { 0 };
	const char *why;
	size_t used;

	if (addr_parse_path(&out, s, size, &used, &why)) {
		FUZZ_HOLDS(used <= size && out.len <= ADDR_MAX);
		if (addr_at(out.s, out.len) < out.len)
			normal(out.s, out.len);
	}
	if (addr_check(s, size, &why))
		normal(s, size);
	addr_is_domain(s, size);
	if (addr_is_mailbox(s, size))
		FUZZ_HOLDS(size && size <= ADDR_MAILBOX_MAX && *s != '.' &&
		    !memchr(s, '/', size) && !memchr(s, 0, size));
	sa_free(&out);
	free(s);
	return 0;
}
