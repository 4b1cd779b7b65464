/* SPDX-License-Identifier: ISC */
#include "pop3d/uidl.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define H20 "hhhhhhhhhhhhhhhhhhhh"

static const struct {
	const char *name, *base, *uid; /* NULL: a hash */
} rows[] = {
	{ "ours", "1700000000.Pabc.0123456789abcdef.mx,S=10,W=12",
	    "1700000000.Pabc.0123456789abcdef.mx" },
	{ "Dovecot's", "1700000000.M123P45.host", "1700000000.M123P45.host" },
	{ "70 bytes", "1234567890" H20 H20 H20, "1234567890" H20 H20 H20 },
	{ "71 bytes", "12345678901" H20 H20 H20, NULL },
	{ "a blank", "1700000000.a b", NULL },
	{ "8-bit", "1700000000.\xc3\xa9", NULL },
	{ "nothing in front of the comma", ",S=1", NULL },
};

int
main(void)
{
	char uid[UIDL_MAX], again[UIDL_MAX];
	enum uidl_rule rule;
	struct guard g;
	size_t i, len, n;

	CHECK("default", uidl_rule(&rule, "", 0) == 1 && rule == UIDL_OWN);
	CHECK("own", uidl_rule(&rule, "own", 3) == 1 && rule == UIDL_OWN);
	CHECK("none such", uidl_rule(&rule, "owns", 4) == 0);
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		len = strlen(rows[i].base);
		n = uidl_make(
		    uid, UIDL_OWN, guard_copy(&g, rows[i].base, len), len);
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
		    uidl_make(again, UIDL_OWN, rows[i].base, len) == 32 &&
			memcmp(uid, again, 32) == 0);
	}
	return CHECK_DONE();
}
