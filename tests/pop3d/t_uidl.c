/* SPDX-License-Identifier: ISC */
#include "pop3d/uidl.h"

#include <stdbool.h>
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define H20 "hhhhhhhhhhhhhhhhhhhh"

static const struct {
	const char *name, *base, *uid; /* NULL: a hash */
	enum uidl_rule rule;
} rows[] = {
	{ "ours", "1700000000.Pabc.0123456789abcdef.mx,S=10,W=12",
	    "1700000000.Pabc.0123456789abcdef.mx", UIDL_OWN },
	{ "Dovecot's", "1700000000.M123P45.host", "1700000000.M123P45.host",
	    UIDL_OWN },
	{ "70 bytes", "1234567890" H20 H20 H20, "1234567890" H20 H20 H20,
	    UIDL_OWN },
	{ "71 bytes", "12345678901" H20 H20 H20, NULL, UIDL_OWN },
	{ "a blank", "1700000000.a b", NULL, UIDL_OWN },
	{ "8-bit", "1700000000.\xc3\xa9", NULL, UIDL_OWN },
	{ "nothing in front of the comma", ",S=1", NULL, UIDL_OWN },
	{ "qmail's", "1700000000.123.host,S=10", "1700000000.123.host,S=10",
	    UIDL_QMAIL },
	{ "a long one of qmail's", "12345678901" H20 H20 H20,
	    "12345678901" H20 H20 H20, UIDL_QMAIL },
	{ "a blank at qmail", "1700000000.a b", NULL, UIDL_QMAIL },
	{ "in no list", "1700000000.M1.h,S=10", "1700000000.M1.h",
	    UIDL_DOVECOT },
};

static const struct {
	const char *line;
	int want;
	enum uidl_rule rule;
	uint64_t until;
	const char *format;
} lines[] = {
	{ "", 1, UIDL_OWN, UINT64_MAX, "%08Xu%08Xv" },
	{ "own", 1, UIDL_OWN, UINT64_MAX, "%08Xu%08Xv" },
	{ "owns", 0, UIDL_OWN, 0, NULL },
	{ "qmail", 1, UIDL_QMAIL, UINT64_MAX, "%08Xu%08Xv" },
	{ "dovecot", 1, UIDL_DOVECOT, UINT64_MAX, "%08Xu%08Xv" },
	{ "dovecot  UID%u-%v", 1, UIDL_DOVECOT, UINT64_MAX, "UID%u-%v" },
	{ "dovecot until=2026-11-20 %v.%u", 1, UIDL_DOVECOT, 1795132800,
	    "%v.%u" },
	{ "courier until=1970-01-01", 1, UIDL_COURIER, 0, "%08Xu%08Xv" },
	{ "courier until=2024-02-29", 1, UIDL_COURIER, 1709164800,
	    "%08Xu%08Xv" },
	{ "courier", 1, UIDL_COURIER, UINT64_MAX, "%08Xu%08Xv" },
	{ "courier %u", 0, UIDL_OWN, 0, NULL },
	{ "qmail until=2026-11-20", 0, UIDL_OWN, 0, NULL },
	{ "dovecot until=2026-11-2x", 0, UIDL_OWN, 0, NULL },
	{ "dovecot until=2026-13-20", 0, UIDL_OWN, 0, NULL },
	{ "dovecot until=", 0, UIDL_OWN, 0, NULL },
	{ "dovecot %d", 0, UIDL_OWN, 0, NULL },
	{ "dovecot %", 0, UIDL_OWN, 0, NULL },
	{ "dovecot %0", 0, UIDL_OWN, 0, NULL },
	{ "dovecot plain", 0, UIDL_OWN, 0, NULL },
	{ "dovecot " H20 "%u" H20, 0, UIDL_OWN, 0, NULL },
};

static const struct {
	const char *format, *want;
	uint32_t uid, validity;
} formats[] = {
	{ "%08Xu%08Xv", "000000015b2f3c4d", 1, 0x5b2f3c4d },
	{ "UID%u-%v", "UID7-1276528487", 7, 1276528487 },
	{ "%v.%u", "4294967295.4294967295", UINT32_MAX, UINT32_MAX },
	{ "%Xu%08v", "ff00000012", 255, 12 },
};

static void
test_make(void)
{
	char uid[UIDL_QMAIL_MAX], again[UIDL_QMAIL_MAX];
	struct guard g;
	size_t i, len, n;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		len = strlen(rows[i].base);
		n = uidl_make(
		    uid, rows[i].rule, guard_copy(&g, rows[i].base, len), len);
		guard_free(&g);
		if (rows[i].uid) {
			CHECK(
			    rows[i].name, n == strlen(rows[i].uid) &&
					      memcmp(uid, rows[i].uid, n) == 0);
			continue;
		}
		CHECK(rows[i].name,
		    n == 32 && strspn(uid, "0123456789abcdef") >= 32);
		CHECK(rows[i].name,
		    uidl_make(again, rows[i].rule, rows[i].base, len) == 32 &&
			memcmp(uid, again, 32) == 0);
	}
}

int
main(void)
{
	struct uidl_setting u;
	char out[UIDL_MAX];
	struct guard g;
	size_t i, n, len;

	test_make();
	for (i = 0; i < sizeof lines / sizeof *lines; i++) {
		len = strlen(lines[i].line);
		CHECK(lines[i].line,
		    uidl_setting(&u, guard_copy(&g, lines[i].line, len),
			len) == lines[i].want);
		guard_free(&g);
		CHECK(lines[i].line,
		    !lines[i].want ||
			(u.rule == lines[i].rule &&
			    u.until == lines[i].until &&
			    !strcmp(u.format, lines[i].format)));
	}
	for (i = 0; i < sizeof formats / sizeof *formats; i++) {
		n = uidl_format(out, formats[i].format, formats[i].uid,
		    formats[i].validity);
		CHECK(formats[i].format,
		    n == strlen(formats[i].want) &&
			!memcmp(out, formats[i].want, n));
	}
	return CHECK_DONE();
}
