/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "deliver/smtp_reply.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1

static const struct {
	const char *name, *wire;
	size_t len;
	int result;
	int code;
	const char *status, *text;
} rows[] = {
	{ "plain", B("250 ok\r\n"), 1, 250, "", "250 ok" },
	{ "LF alone", B("250 ok\n"), 1, 250, "", "250 ok" },
	{ "code alone", B("250\r\n"), 1, 250, "", "250" },
	{ "code and blank", B("354 \r\n"), 1, 354, "", "354" },
	{ "status", B("550 5.1.1 no such user\r\n"), 1, 550, "5.1.1",
	    "550 5.1.1 no such user" },
	{ "status alone", B("250 2.0.0\r\n"), 1, 250, "2.0.0", "250 2.0.0" },
	{ "long status", B("450 4.123.999 x\r\n"), 1, 450, "4.123.999",
	    "450 4.123.999 x" },
	{ "too long status", B("450 4.1234.9 x\r\n"), 1, 450, "",
	    "450 4.1234.9 x" },
	{ "status of another class", B("550 4.1.1 x\r\n"), 1, 550, "",
	    "550 4.1.1 x" },
	{ "status run on", B("550 5.1.1x\r\n"), 1, 550, "", "550 5.1.1x" },
	{ "half a status", B("550 5.1.\r\n"), 1, 550, "", "550 5.1." },
	{ "three lines", B("250-a\r\n250-b\r\n250 c\r\n"), 1, 250, "",
	    "250 a b c" },
	{ "last line bare", B("250-a\r\n250\r\n"), 1, 250, "", "250 a" },
	{ "control bytes", B("550 a\tb\0c\177\303\244\r\n"), 1, 550, "",
	    "550 a?b?c???" },
	{ "CR inside", B("550 a\rb\r\n"), 1, 550, "", "550 a?b" },
	{ "two CRs", B("550 a\r\r\n"), 1, 550, "", "550 a?" },
	{ "codes differ", B("250-a\r\n550 b\r\n"), -1, 0, NULL, NULL },
	{ "no code", B("hello\r\n"), -1, 0, NULL, NULL },
	{ "empty line", B("\r\n"), -1, 0, NULL, NULL },
	{ "two digits", B("25\r\n"), -1, 0, NULL, NULL },
	{ "four digits", B("2500 x\r\n"), -1, 0, NULL, NULL },
	{ "1xx", B("150 x\r\n"), -1, 0, NULL, NULL },
	{ "6xx", B("650 x\r\n"), -1, 0, NULL, NULL },
	{ "another separator", B("250_x\r\n"), -1, 0, NULL, NULL },
	{ "a blank first", B(" 250 x\r\n"), -1, 0, NULL, NULL },
};

/* In pieces of step bytes, each against an unreadable page. */
static int
feed(struct smtp_reply *r, const char *wire, size_t len, size_t step)
{
	struct guard g;
	size_t at, n, used;
	int rc = 0;

	smtp_reply_init(r);
	for (at = 0; rc == 0 && at < len; at += n) {
		n = len - at < step ? len - at : step;
		rc = smtp_reply_feed(r, guard_copy(&g, wire + at, n), n, &used);
		guard_free(&g);
	}
	return rc;
}

static void
test_rows(void)
{
	char text[256];
	struct smtp_reply r;
	size_t i, step, cut;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (step = 1; step <= rows[i].len; step++) {
			CHECK(rows[i].name, feed(&r, rows[i].wire, rows[i].len,
						step) == rows[i].result);
			if (rows[i].result != 1)
				continue;
			smtp_reply_format(text, sizeof(text), &r);
			CHECK(rows[i].name, r.code == rows[i].code);
			CHECK(rows[i].name,
			    strcmp(r.status, rows[i].status) == 0);
			CHECK(rows[i].name, strcmp(text, rows[i].text) == 0);
		}
		for (cut = 0; cut < rows[i].len && rows[i].result == 1; cut++)
			CHECK(rows[i].name,
			    feed(&r, rows[i].wire, cut, cut + 1) == 0);
	}
}

/* What follows the reply is left alone. */
static void
test_used(void)
{
	static const char two[] = "250 a\r\n550 b\r\n";
	struct smtp_reply r;
	size_t used;

	smtp_reply_init(&r);
	CHECK("first", smtp_reply_feed(&r, two, strlen(two), &used) == 1 &&
			   used == 7 && r.code == 250);
	smtp_reply_init(&r);
	CHECK("second",
	    smtp_reply_feed(&r, two + 7, strlen(two) - 7, &used) == 1 &&
		used == 7 && r.code == 550);
}

static void
test_limits(void)
{
	static char big[2 * SMTP_REPLY_MAX];
	char text[16];
	struct smtp_reply r;
	size_t i, n;

	memset(big, 'x', sizeof(big));
	memcpy(big, "250 ", 4);
	CHECK("a line without end", feed(&r, big, sizeof(big), 1000) == -1);
	for (n = 0; n < SMTP_LINES_MAX; n++)
		memcpy(big + n * 7, "250-a\r\n", 7);
	memcpy(big + n * 7, "250 a\r\n", 7);
	CHECK("too many lines", feed(&r, big, (n + 1) * 7, 1000) == -1);
	memcpy(big + (n - 1) * 7, "250 a\r\n", 7);
	CHECK("just as many", feed(&r, big, n * 7, 1000) == 1);
	memset(big, 'x', sizeof(big));
	for (i = 0; i + 1000 < sizeof(big); i += 1000) {
		memcpy(big + i, "250-", 4);
		memcpy(big + i + 998, "\r\n", 2);
	}
	CHECK("too many bytes", feed(&r, big, sizeof(big), 1000) == -1);
	CHECK("kept text ends", strlen(r.text) <= SMTP_KEEP_MAX);
	smtp_reply_format(text, sizeof(text), &r);
	CHECK("cut", strlen(text) == sizeof(text) - 1);
}

int
main(void)
{
	test_rows();
	test_used();
	test_limits();
	return CHECK_DONE();
}
