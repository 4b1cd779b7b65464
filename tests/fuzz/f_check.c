/* SPDX-License-Identifier: ISC */
/* What queued looks at before it takes a message.
 *
 * Covers: queue/check.c */
#include "queue/check.h"
#include "queue/queue_proto.h"
#include "authd/checkpassword.h"
#include "lib/service_uids.h"
#include "tests/fuzz/fuzz.h"

static void
message(const char *s, size_t len)
{
	struct check a, b;
	size_t at;
	bool good;

	check_start(&a);
	check_bytes(&a, s, len);
	check_start(&b);
	for (at = 0; at < len; at += 3)
		check_bytes(&b, s + at, len - at < 3 ? len - at : 3);
	good = check_end(&a) == NULL;
	FUZZ_HOLDS(good == (check_end(&b) == NULL));
	FUZZ_HOLDS(a.hops == b.hops && a.eight == b.eight);
	if (good)
		FUZZ_HOLDS((!len || s[len - 1] == '\n') &&
		    !memchr(s, '\r', len) && !memchr(s, 0, len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct checkpassword cp;
	char *s = fuzz_copy(data, size), *line = fuzz_string(data, size), *home;
	unsigned long base;
	size_t at = 0;

	message(s, size);
	if (size <= CHECKPASSWORD_MAX) {
		memset(&cp, 0, sizeof cp);
		memcpy(cp.data, data, size);
		if (checkpassword_parse(&cp, size))
			FUZZ_HOLDS(strlen(cp.user) + strlen(cp.password) + 2 <=
			    size);
	}
	while (queue_list_next(s, size, &at))
		FUZZ_HOLDS(at <= size);
	if (service_uids_line(line, &base, &home))
		FUZZ_HOLDS(home > line && home < line + size);
	free(s);
	free(line);
	return 0;
}
