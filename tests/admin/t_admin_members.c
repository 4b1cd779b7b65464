/* SPDX-License-Identifier: ISC */
#include "admin/admin_members.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *name, *text, *who;
	long number; /* -1: there is none */
} rows[] = {
	{ "first", "adm:x:4:a,b\nmail:x:8:\n", "adm", 4 },
	{ "second", "adm:x:4:a,b\nmail:x:8:\n", "mail", 8 },
	{ "no line end", "adm:x:4:\nmail:x:8:", "mail", 8 },
	{ "a prefix", "admin:x:4:\n", "adm", -1 },
	{ "a name behind", "x:adm:4:\n", "adm", -1 },
	{ "a line cut short", "adm:x:4\nmail:x:8:\n", "adm", -1 },
	{ "no number", "adm:x::\n", "adm", -1 },
	{ "no number at all", "adm:x:a:\n", "adm", -1 },
	{ "a number too large", "adm:x:99999999999:\n", "adm", -1 },
	{ "the number of nobody", "adm:x:4294967295:\n", "adm", -1 },
	{ "an empty name", ":x:4:\n", "", -1 },
	{ "blank lines", "\n\n\nadm:x:4:\n", "adm", 4 },
	{ "a line of NIS", "+:::\nadm:x:4:\n", "adm", 4 },
};

static void
check_cut(const char *text, size_t len)
{
	unsigned long number;
	stralloc name = { 0 };
	struct guard g;
	size_t n;

	for (n = 0; n < len; n++) {
		char *cut = guard_copy(&g, text, n);

		members_number(&number, cut, n, "nobody here");
		members_name(&name, cut, n, 77777);
		CHECK("cut short", !strcmp(name.s, "-"));
		guard_free(&g);
	}
	sa_free(&name);
}

int
main(void)
{
	stralloc name = { 0 };
	unsigned long number;
	size_t i, len;
	int r;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		len = strlen(rows[i].text);
		r = members_number(&number, rows[i].text, len, rows[i].who);
		CHECK(rows[i].name, rows[i].number == -1
			? r == 0
			: r == 1 && number == (unsigned long)rows[i].number);
		if (rows[i].number != -1) {
			members_name(&name, rows[i].text, len,
			    (unsigned long)rows[i].number);
			CHECK(rows[i].name, !strcmp(name.s, rows[i].who));
		}
		check_cut(rows[i].text, len);
	}
	sa_free(&name);
	return CHECK_DONE();
}
