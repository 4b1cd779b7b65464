/* SPDX-License-Identifier: ISC */
#include "smtpd/from.h"

#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct row {
	const char *name, *body, *addr; /* addr NULL: refused */
} rows[] = {
	{ "bare", " a@b.example", "a@b.example" },
	{ "angle", " Ann <a@b.example>", "a@b.example" },
	{ "quoted name", " \"Ann, B. <x@y>\" <a@b.example>", "a@b.example" },
	{ "escaped quote", " \"A\\\"n\\\\\" <a@b.example>", "a@b.example" },
	{ "comments", " (c) a (d(e)) @ (f\\)) b.example (g)", "a@b.example" },
	{ "comment in the angle", " X <a@b.example (c)> (d)", "a@b.example" },
	{ "folded", " Ann\n\t<a@b.example>", "a@b.example" },
	{ "encoded word", " =?utf-8?q?J=C3=BCrg?= <j@b.example>",
	    "j@b.example" },
	{ "8-bit name", " J\xc3\xbcrg <j@b.example>", "j@b.example" },
	{ "dots in the name", " J. R. <j@b.example>", "j@b.example" },
	{ "the address as name", " J@b.example <j@B.example>", "j@B.example" },
	{ "... with comments", " j (c) @b.example(d)\n (e) <j(f)@b.example> (g)",
	    "j@b.example" },
	{ "... in quotes", " \"x@y.example\" <j@b.example>", "j@b.example" },
	{ "... in quotes, escaped", " \"x\\\"@y.example\" <j@b.example>",
	    "j@b.example" },
	{ "another address as name", " x@y.example <j@b.example>", NULL },
	{ "... with a comment", " x@y.example (c) <j@b.example>", NULL },
	{ "... in comments", " (<) x (c) @ (d) y.example (>) <j@b.example>", NULL },
	{ "... behind quotes", " \"a\\\"\" x@y.example <j@b.example>", NULL },
	{ "... behind a word", " Ann j@b.example <j@b.example>", NULL },
	{ "... with a quoted local part", " \"x\"@y.example <j@b.example>", NULL },
	{ "... that begins so", " j@b.example.x <j@b.example>", NULL },
	{ "... that ends so", " xj@b.example <j@b.example>", NULL },
	{ "an at sign as name", " @ <j@b.example>", NULL },
	{ "an escaped at sign", " x\\@y <j@b.example>", NULL },
	{ "quoted local part", " <\"a b\"@c.example>", "\"a b\"@c.example" },
	{ "name behind as comment", " a@b.example (Ann)", "a@b.example" },
	{ "empty", "", NULL },
	{ "blank", "  ", NULL },
	{ "name alone", " Ann", NULL },
	{ "empty angle", " Ann <>", NULL },
	{ "two", " a@b.example, c@d.example", NULL },
	{ "two angles", " <a@b.example> <c@d.example>", NULL },
	{ "two in angles", " A <a@b.example>, B <c@d.example>", NULL },
	{ "two in one angle", " <a@b.example, c@d.example>", NULL },
	{ "a trailing comma", " a@b.example,", NULL },
	{ "a leading comma", " ,a@b.example", NULL },
	{ "group", " us: a@b.example;", NULL },
	{ "group of none", " undisclosed:;", NULL },
	{ "route", " <@x.example:a@b.example>", NULL },
	{ "angle not closed", " Ann <a@b.example", NULL },
	{ "angle in angle", " <<a@b.example>>", NULL },
	{ "closed only", " a@b.example>", NULL },
	{ "something behind", " <a@b.example> x", NULL },
	{ "name in front without angle", " Ann a@b.example", NULL },
	{ "blank in the local part", " <a b@c.example>", NULL },
	{ "two at", " a@b@c.example", NULL },
	{ "quote not closed", " \"Ann <a@b.example>", NULL },
	{ "comment not closed", " a@b.example (x", NULL },
	{ "comment closed too often", " a@b.example )", NULL },
	{ "a backslash at the end", " a@b.example (x\\", NULL },
	{ "a backslash at the end of quotes", " \"x\\", NULL },
	{ "8-bit address", " j\xc3\xbcrg@b.example", NULL },
	{ "no domain", " ann@", NULL },
};

int
main(void)
{
	const struct row *r;
	stralloc addr = { 0 };
	const char *why;
	struct guard g;
	char *s;
	size_t len;
	int got;

	for (r = rows; r < rows + sizeof rows / sizeof *rows; r++) {
		for (len = 0; len <= strlen(r->body); len++) {
			why = NULL;
			s = guard_copy(&g, r->body, len);
			got = from_parse(&addr, s, len, &why);
			CHECK(r->name, got == 1 || (why && *why));
			guard_free(&g);
		}
		CHECK(r->name, got == (r->addr != NULL));
		CHECK(r->name, !r->addr || strcmp(addr.s, r->addr) == 0);
	}
	sa_free(&addr);
	return CHECK_DONE();
}
