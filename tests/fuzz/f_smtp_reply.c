/* SPDX-License-Identifier: ISC */
/* A server's reply, a byte at a time and at once.
 *
 * Covers: deliver/smtp_reply.c */
#include "deliver/smtp_client.h"
#include "tests/fuzz/fuzz.h"

static int
feed(struct smtp_reply *r, const char *s, size_t len, size_t step, size_t *all)
{
	size_t used, n;
	int rc = 0;
	char *piece;

	smtp_reply_init(r);
	for (*all = 0; *all < len && rc == 0; *all += used) {
		n = len - *all < step ? len - *all : step;
		piece = fuzz_copy(s + *all, n);
		rc = smtp_reply_feed(r, piece, n, &used);
		FUZZ_HOLDS(used <= n && (rc || used == n));
		free(piece);
	}
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct smtp_reply a, b;
	struct smtp_outcome o;
	char text[100];
	size_t n, m, i;
	int rc = feed(&a, (const char *)data, size, size, &n);

	FUZZ_HOLDS(feed(&b, (const char *)data, size, 1 + size % 5, &m) == rc);
	if (rc != 1)
		return 0;
	FUZZ_HOLDS(m == n && a.code == b.code && !strcmp(a.text, b.text));
	FUZZ_HOLDS(a.code >= 200 && a.code <= 599);
	FUZZ_HOLDS(strlen(smtp_reply_status(&a)) < SMTP_STATUS_MAX);
	for (i = 0; a.text[i]; i++)
		FUZZ_HOLDS(a.text[i] == '\n' ||
		    (a.text[i] >= ' ' && a.text[i] <= '~'));
	smtp_reply_format(text, sizeof text, &a);
	FUZZ_HOLDS(!strchr(text, '\n') && strlen(text) < sizeof text);
	smtp_outcome_reply(&o, &a);
	FUZZ_HOLDS(strchr("KTNL", o.class_) && !strpbrk(o.text, "\r\n"));
	return 0;
}
