/* SPDX-License-Identifier: ISC */
/* Names in a Maildir, their ids and their order.
 *
 * Covers: lib/maildir.c pop3d/uidl.c pop3d/maillist_sort.c */
#include "lib/maildir.h"
#include "pop3d/maillist.h"
#include "pop3d/uidl.h"
#include "tests/fuzz/fuzz.h"

static void
name(const char *s, size_t len)
{
	struct maildir_name m;
	char id[UIDL_QMAIL_MAX], *copy = fuzz_copy(s, len);
	size_t n, i;

	if (maildir_parse(&m, copy, len))
		FUZZ_HOLDS(maildir_found(&m, copy, len));
	if (maildir_found(&m, copy, len)) {
		FUZZ_HOLDS(len && len <= MAILDIR_NAME_MAX && *copy != '.');
		FUZZ_HOLDS(m.baselen <= len && m.flagslen <= len);
		FUZZ_HOLDS(!memchr(copy, '/', len) && !memchr(copy, 0, len));
		n = uidl_make(id, UIDL_OWN, copy, m.baselen);
		FUZZ_HOLDS(n >= 1 && n <= UIDL_MAX);
		for (i = 0; i < n; i++)
			FUZZ_HOLDS(id[i] > ' ' && id[i] <= '~');
		n = uidl_make(id, UIDL_QMAIL, copy, m.baselen);
		FUZZ_HOLDS(n >= 1 && n <= UIDL_QMAIL_MAX);
		for (i = 0; i < n; i++)
			FUZZ_HOLDS(id[i] > ' ' && id[i] <= '~');
	}
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size }, part;
	struct maillist l = { .new_fd = -1, .cur_fd = -1 };
	stralloc made = { 0 };
	char *s;
	uint32_t i;

	while (f.len) {
		part = fuzz_part(&f, '\n');
		name(part.p, part.len);
		if (part.len > 255 || !part.len)
			continue;
		s = fuzz_string(part.p, part.len);
		maillist_add(&l, s, strlen(s), part.len % 2);
		maildir_make(&made, size, "0123456789abcd", s, s, 1, 2);
		FUZZ_HOLDS(made.len <= MAILDIR_NAME_MAX);
		name(made.s, made.len);
		free(s);
	}
	maillist_sort(&l);
	for (i = 1; i < l.n; i++)
		FUZZ_HOLDS(l.mails[i - 1].key <= l.mails[i].key);
	maillist_free(&l);
	sa_free(&made);
	return 0;
}
