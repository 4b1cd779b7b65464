/* SPDX-License-Identifier: ISC */
#include "lib/addr.h"
#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define A8    "aaaaaaaa"
#define A64   A8 A8 A8 A8 A8 A8 A8 A8
#define A63   A8 A8 A8 A8 A8 A8 A8 "aaaaaaa"
#define D255  A63 "." A63 "." A63 "." A63 /* 255 bytes */

/* A path, the address it gives (NULL: none, and why holds word), and what
 * stays unread behind it. */
static const struct {
	const char *path, *addr, *rest, *word;
} paths[] = {
	{ "<a@b.test>", "a@b.test", "", NULL },
	{ "<A.B+tag@B.Test> SIZE=9", "A.B+tag@B.Test", " SIZE=9", NULL },
	{ "<>", "", "", NULL },
	{ "<> BODY=8BITMIME", "", " BODY=8BITMIME", NULL },
	{ "<Postmaster>", "Postmaster", "", NULL },
	{ "<a@b.test.>", "a@b.test", "", NULL },
	{ "<@c.test,@d.test:a@b.test>", "a@b.test", "", NULL },
	{ "<@c.test:a@b.test>x", "a@b.test", "x", NULL },
	{ "<\"a b\"@b.test>", "\"a b\"@b.test", "", NULL },
	{ "<\"a>\\\"@b\"@b.test> X", "\"a>\\\"@b\"@b.test", " X", NULL },
	{ "<\"\"@b.test>", "\"\"@b.test", "", NULL },
	{ "<a@[192.0.2.1]>", "a@[192.0.2.1]", "", NULL },
	{ "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", "", NULL },
	{ "<a@[ipv6:::1]>", "a@[ipv6:::1]", "", NULL },
	{ "<a@xn--bcher-kva.test>", "a@xn--bcher-kva.test", "", NULL },
	{ "<!#$%&'*+-/=?^_`{|}~@b>", "!#$%&'*+-/=?^_`{|}~@b", "", NULL },
	{ "<" A64 A64 "@b>", A64 A64 "@b", "", NULL },
	{ "<" A64 "@" D255 ">", A64 "@" D255, "", NULL },
	{ "<a@" D255 ">", "a@" D255, "", NULL },
	{ "a@b.test", "a@b.test", "", NULL },
	{ "a@b.test SIZE=9", "a@b.test", " SIZE=9", NULL },
	{ "\"a b\"@b.test X", "\"a b\"@b.test", " X", NULL },
	{ "postmaster", "postmaster", "", NULL },
	{ "", NULL, NULL, "no address" },
	{ " <a@b>", NULL, NULL, "no address" },
	{ "<", NULL, NULL, "no closing >" },
	{ "<a@b", NULL, NULL, "no closing >" },
	{ "<\"a>@b", NULL, NULL, "no closing >" },
	{ "<a>", NULL, NULL, "no @" },
	{ "<@b>", NULL, NULL, "source route" },
	{ "<@b:>", NULL, NULL, "nothing before" },
	{ "<@b,c:a@b>", NULL, NULL, "source route" },
	{ "<@-b:a@b>", NULL, NULL, "source route" },
	{ "<@a:postmaster>", NULL, NULL, "no @" },
	{ "<a@>", NULL, NULL, "nothing behind" },
	{ "<a@.>", NULL, NULL, "not a valid name" },
	{ "<a b@c>", NULL, NULL, "a space" },
	{ "< a@c>", NULL, NULL, "a space" },
	{ "<a@b c>", NULL, NULL, "a space" },
	{ "<a@c >", NULL, NULL, "a space" },
	{ "<a@b@c>", NULL, NULL, "not a valid name" },
	{ "<a<b@c>", NULL, NULL, "quoted" },
	{ "<.a@b>", NULL, NULL, "begins with a dot" },
	{ "<a.@b>", NULL, NULL, "ends with a dot" },
	{ "<a..b@c>", NULL, NULL, "two dots" },
	{ "<a\tb@c>", NULL, NULL, "control" },
	{ "<a\r\nb@c>", NULL, NULL, "control" },
	{ "<a@b\x01>", NULL, NULL, "control" },
	{ "<\"a\nb\"@c>", NULL, NULL, "control" },
	{ "<\"a\\\x01\"@c>", NULL, NULL, "control" },
	{ "<\xc3\xa9@c>", NULL, NULL, "not ASCII" },
	{ "<a\xc3\xa9@c>", NULL, NULL, "not ASCII" },
	{ "<\"\xc3\xa9\"@c>", NULL, NULL, "not ASCII" },
	{ "<a@b\xc3\xbc>", NULL, NULL, "not ASCII" },
	{ "<\"a\"b@c>", NULL, NULL, "closing quote" },
	{ "<a@-b.test>", NULL, NULL, "not a valid name" },
	{ "<a@b-.test>", NULL, NULL, "not a valid name" },
	{ "<a@b..test>", NULL, NULL, "not a valid name" },
	{ "<a@b_c.test>", NULL, NULL, "not a valid name" },
	{ "<a@192.0.2.1>", NULL, NULL, "not a valid name" },
	{ "<a@[192.0.2]>", NULL, NULL, "literal" },
	{ "<a@[192.0.2.1>", NULL, NULL, "literal" },
	{ "<a@[2001:db8::1]>", NULL, NULL, "literal" },
	{ "<a@[IPv6:192.0.2.1]>", NULL, NULL, "literal" },
	{ "<a@[]>", NULL, NULL, "literal" },
	{ "<a@[tag:x]>", NULL, NULL, "literal" },
	{ "<" A64 A64 A64 A64 "@b>", NULL, NULL, "longer than 255" },
	{ "<" A64 "aa@" D255 ">", NULL, NULL, "longer than 320" },
	{ "<a@" D255 "a>", NULL, NULL, "longer than 255" },
	{ "<a@" D255 ".a>", NULL, NULL, "longer than 255" },
	{ "<a@" A64 ".test>", NULL, NULL, "not a valid name" },
};

/* Every path cut short at every byte: nothing is read past the end, and what
 * comes out is always an address that addr_check takes. */
static void
sweep(stralloc *out, const char *path)
{
	size_t n, used, len = strlen(path);
	const char *why;
	struct guard g;

	for (n = 0; n < len; n++) {
		const char *p = guard_copy(&g, path, n);

		why = NULL;
		if (!addr_parse_path(out, p, n, &used, &why))
			CHECK("why", why && *why);
		else
			CHECK("cut", used <= n && (!out->len ||
			    addr_at(out->s, out->len) == out->len ||
			    addr_check(out->s, out->len, &why)));
		guard_free(&g);
	}
}

static void
test_paths(void)
{
	stralloc out = { 0 };
	size_t i, used;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *path = paths[i].path, *why = "";
		int rc = addr_parse_path(&out, path, strlen(path), &used, &why);

		CHECK(path, rc == (paths[i].addr != NULL));
		if (rc && paths[i].addr)
			CHECK(path, sa_is(&out, paths[i].addr) &&
				strcmp(path + used, paths[i].rest) == 0);
		else if (!rc && paths[i].word)
			CHECK(path, strstr(why, paths[i].word) != NULL);
		sweep(&out, path);
	}
	CHECK("NUL", addr_parse_path(&out, "<a\0b@c>", 7, &used,
	    &(const char *){ "" }) == 0);
	CHECK("NUL in a domain", addr_parse_path(&out, "<a@b\0c>", 7, &used,
	    &(const char *){ "" }) == 0);
	CHECK("NUL in a literal", addr_parse_path(&out, "<a@[1.2.3.4\0]>", 14,
	    &used, &(const char *){ "" }) == 0);
	sa_free(&out);
}

static const struct {
	const char *addr, *normal, *kept; /* NULL: the same */
} normals[] = {
	{ "a@b.test", "a@b.test", NULL },
	{ "Fred.B+Tag@Example.TEST", "fred.b+tag@example.test",
	    "Fred.B+Tag@example.test" },
	{ "a@b.test.", "a@b.test", NULL },
	{ "\"fred\"@b", "fred@b", NULL },
	{ "\"Fr\\ed.b\"@b", "fred.b@b", "Fred.b@b" },
	{ "\"a b\"@b", "\"a b\"@b", NULL },
	{ "\"a\\ b\"@b", "\"a b\"@b", NULL },
	{ "\"a..b\"@b", "\"a..b\"@b", NULL },
	{ "\".a\"@b", "\".a\"@b", NULL },
	{ "\"a@x\"@b", "\"a@x\"@b", NULL },
	{ "\"\"@b", "\"\"@b", NULL },
	{ "\"a\\\"\\\\b\"@b", "\"a\\\"\\\\b\"@b", NULL },
	{ "\"\\\"a\\\"\"@b", "\"\\\"a\\\"\"@b", NULL },
	{ "a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]", NULL },
	{ "\"A b\\\"@X\"@B.Test.", "\"a b\\\"@x\"@b.test", "\"A b\\\"@X\"@b.test" },
	{ "Postmaster", "postmaster", "Postmaster" },
};

static void
test_normals(void)
{
	stralloc out = { 0 }, again = { 0 };
	const char *why;
	struct guard g;
	size_t i, n;

	for (i = 0; i < sizeof(normals) / sizeof(normals[0]); i++) {
		const char *a = normals[i].addr, *kept = normals[i].kept;
		int whole = strchr(a, '@') != NULL;

		CHECK(a, addr_check(a, strlen(a), &why) == whole);
		addr_envelope(&out, a, strlen(a));
		CHECK(a, sa_is(&out, kept ? kept : normals[i].normal));
		CHECK(a, addr_check(out.s, out.len, &why) == whole);
		addr_normalise(&again, out.s, out.len);
		CHECK(a, sa_is(&again, normals[i].normal));
		addr_normalise(&out, a, strlen(a));
		CHECK(a, sa_is(&out, normals[i].normal));
		CHECK(a, addr_check(out.s, out.len, &why) == whole);
		addr_normalise(&again, out.s, out.len);
		CHECK(a, sa_same(&out, &again));
		for (n = 0; n < strlen(a); n++) {
			addr_normalise(&out, guard_copy(&g, a, n), n);
			CHECK("cut", out.len <= n + 1);
			guard_free(&g);
		}
	}
	sa_free(&out);
	sa_free(&again);
}

static const struct {
	const char *s;
	bool yes;
} mailboxes[] = {
	{ "widget01", true },
	{ "a", true },
	{ "0", true },
	{ "a.b_c-d", true },
	{ "abcdefghijklmnopqrstuvwxyz012345", true },
	{ "abcdefghijklmnopqrstuvwxyz0123456", false },
	{ "", false },
	{ "A", false },
	{ ".a", false },
	{ "-a", false },
	{ "_a", false },
	{ "a..b", false },
	{ "a/b", false },
	{ "..", false },
	{ "a@b", false },
	{ "a b", false },
	{ "a\xc3\xa9", false },
}, domains[] = {
	{ "b", true },
	{ "b.test", true },
	{ "B.Test", true },
	{ "1.test", true },
	{ "xn--p1ai", true },
	{ D255, true },
	{ D255 "a", false },
	{ A64, false },
	{ "", false },
	{ ".", false },
	{ ".b", false },
	{ "b.", false },
	{ "a..b", false },
	{ "192.0.2.1", false },
	{ "a.1", false },
	{ "a b", false },
	{ "*.b", false },
	{ "a/b", false },
};

static void
test_names(void)
{
	struct guard g;
	size_t i, len;

	for (i = 0; i < sizeof(mailboxes) / sizeof(mailboxes[0]); i++) {
		len = strlen(mailboxes[i].s);
		CHECK(mailboxes[i].s, addr_is_mailbox(guard_copy(&g,
		    mailboxes[i].s, len), len) == mailboxes[i].yes);
		guard_free(&g);
	}
	for (i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		len = strlen(domains[i].s);
		CHECK(domains[i].s, addr_is_domain(guard_copy(&g, domains[i].s,
		    len), len) == domains[i].yes);
		guard_free(&g);
	}
	CHECK("NUL", !addr_is_mailbox("a\0b", 3) && !addr_is_domain("a\0b", 3));
	CHECK("at", addr_at("a@b@c", 5) == 3 && addr_at("abc", 3) == 3 &&
		addr_at("", 0) == 0);
}

int
main(void)
{
	test_paths();
	test_normals();
	test_names();
	return CHECK_DONE();
}
