/* SPDX-License-Identifier: ISC */
/* The header that sendmail completes: what comes out is a header.
 *
 * Covers: queue/sendmail_header.c queue/mailaddr.c */
#include "queue/sendmail_header.h"
#include "queue/mailaddr.h"
#include "tests/fuzz/fuzz.h"

/* The lines that sendmail takes for a header, as sendmail_send reads them. */
static void
fields(stralloc *out, const char *s, size_t len)
{
	const char *end = s + len, *lf;

	while (s < end && (lf = memchr(s, '\n', (size_t)(end - s)))) {
		if (memchr(s, 0, (size_t)(lf - s)) ||
		    !sendmail_is_field(s, (size_t)(lf - s), !out->len))
			break;
		sa_catb(out, s, (size_t)(lf + 1 - s));
		s = lf + 1;
	}
}

static void
addresses(const char *s, size_t len)
{
	struct mailaddr m;
	size_t at = 0, before;
	char *copy = fuzz_copy(s, len);

	while (before = at, mailaddr_next(&m, copy, len, &at)) {
		FUZZ_HOLDS(at > before && at <= len);
		FUZZ_HOLDS(m.s >= copy && m.s + m.len <= copy + len);
	}
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sendmail_header h = { .full_name = "Fred \"x\" Widget" };
	struct inject in = { .conn = -1, .last = '\n' };
	const char *why = NULL;
	size_t at, n;
	stralloc again = { 0 };

	sa_copys(&in.me, "mx.example");
	sa_0(&in.me);
	sa_copys(&in.sender, "demo@mx.example");
	sa_0(&in.sender);
	addresses((const char *)data, size);
	fields(&h.fields, (const char *)data, size);
	if (sendmail_take_recipients(&h, &in, &why) == -1)
		FUZZ_HOLDS(why);
	for (at = 0, n = 0; at < in.recipients.len; n++) {
		FUZZ_HOLDS(strlen(in.recipients.s + at) <= ADDR_MAX);
		FUZZ_HOLDS(!strchr(in.recipients.s + at, '\n'));
		at += strlen(in.recipients.s + at) + 1;
	}
	FUZZ_HOLDS(n == in.nrcpt);
	sendmail_complete(&h, &in);
	fields(&again, h.out.s, h.out.len);
	FUZZ_HOLDS(sa_same(&again, &h.out));
	sa_free(&again);
	sa_free(&h.fields);
	sa_free(&h.out);
	sa_free(&in.me);
	sa_free(&in.sender);
	sa_free(&in.recipients);
	return 0;
}
