/* SPDX-License-Identifier: ISC */
#include "lib/line.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/safefile.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1

/* Every entry comes out as "line:column:text|". */
static const struct {
	const char *name, *text;
	size_t len;
	const char *entries, *errors;
} files[] = {
	{ "empty", B(""), "", "" },
	{ "one", B("a: b\n"), "1:1:a: b|", "" },
	{ "no last newline", B("a\nb"), "1:1:a|2:1:b|", "" },
	{ "blanks trimmed", B(" \t a b \t\n"), "1:4:a b|", "" },
	{ "comments", B("# x\n  # y\na # z\n#"), "3:1:a # z|", "" },
	{ "blank lines", B("\n \n\t\na\n\n"), "4:1:a|", "" },
	{ "CRLF", B("a\r\n\r\nb\r\n"), "1:1:a|3:1:b|", "" },
	{ "byte order mark", B("\xef\xbb\xbf" "a\n"), "1:1:a|", "" },
	{ "UTF-8", B("# \xc3\xa9\n\xe2\x82\xac \xf0\x9f\x98\x80\n"),
	    "2:1:\xe2\x82\xac \xf0\x9f\x98\x80|", "" },
	{ "Latin-1", B("a\nb \xe9t\xe9\nc\n"), "1:1:a|3:1:c|",
	    "f:2:3: not UTF-8; save the file as UTF-8\n" },
	{ "Latin-1 in a comment", B("# \xe9\n"), "",
	    "f:1:3: not UTF-8; save the file as UTF-8\n" },
	{ "overlong", B("\xc0\xaf\n"), "",
	    "f:1:1: not UTF-8; save the file as UTF-8\n" },
	{ "overlong, three bytes", B("\xe0\x9f\xbf\n"), "",
	    "f:1:1: not UTF-8; save the file as UTF-8\n" },
	{ "surrogate", B("x\xed\xa0\x80\n"), "",
	    "f:1:2: not UTF-8; save the file as UTF-8\n" },
	{ "past the last one", B("\xf4\x90\x80\x80\n"), "",
	    "f:1:1: not UTF-8; save the file as UTF-8\n" },
	{ "cut character", B("\xe2\x82\n"), "",
	    "f:1:1: not UTF-8; save the file as UTF-8\n" },
	{ "NUL", B("ab\0c\nd\n"), "2:1:d|",
	    "f:1:3: a NUL byte; this is no text file, or it was damaged: "
	    "write the line anew\n" },
	{ "CR inside", B("a\rb\n"), "",
	    "f:1:2: a control character; remove it\n" },
	{ "escape", B("\x1b[0m\n"), "",
	    "f:1:1: a control character; remove it\n" },
	{ "DEL", B("a\x7f\n"), "", "f:1:2: a control character; remove it\n" },
};

static void
write_file(const char *data, size_t len)
{
	if (safefile_write("f", data, len, 0600, (uid_t)-1, (gid_t)-1) == -1)
		abort();
}

static void
collect(stralloc *out, struct line_errors *e)
{
	struct line_reader r;
	const char *s;
	unsigned col;
	size_t len;

	sa_copys(out, "");
	CHECK("opens", line_open(&r, "f", 1 << 20, e) == 1);
	while (line_next(&r, &s, &len, &col)) {
		sa_catul(out, r.line);
		sa_append(out, ':');
		sa_catul(out, col);
		sa_append(out, ':');
		sa_catb(out, s, len);
		sa_append(out, '|');
	}
	CHECK("stays at the end", line_next(&r, &s, &len, &col) == 0);
	line_close(&r);
}

static void
test_files(void)
{
	stralloc out = { 0 };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct line_errors e = { 0 };

		write_file(files[i].text, files[i].len);
		collect(&out, &e);
		CHECK(files[i].name, sa_is(&out, files[i].entries));
		CHECK(files[i].name, sa_is(&e.text, files[i].errors));
		CHECK(files[i].name, e.n == (*files[i].errors != 0));
		line_errors_free(&e);
	}
	sa_free(&out);
}

/* The reader over a buffer that ends at an unreadable page, cut at each byte. */
static void
test_cuts(void)
{
	static const char text[] =
	    "# c\na: b\r\n\xe2\x82\xac \xf0\x9f\x98\x80\n\0\n x ,\"y";
	struct line_errors e = { 0 };
	struct guard g;
	const char *s;
	unsigned col;
	size_t n, len;

	for (n = 0; n < sizeof(text); n++) {
		char *p = guard_copy(&g, text, n);
		struct line_reader r = { .file = "f", .errors = &e,
			.text = { .s = p, .len = n, .a = n } };
		size_t entries = 0;

		while (line_next(&r, &s, &len, &col))
			entries += len && s >= p && s + len <= p + n;
		CHECK("cut", entries <= 3 && r.pos == n);
		guard_free(&g);
	}
	line_errors_free(&e);
}

static void
test_limits(void)
{
	static char text[LINE_MAX_BYTES + 2];
	struct line_errors e = { 0 };
	struct line_reader r;
	stralloc out = { 0 };
	int i;

	memset(text, 'x', sizeof(text));
	text[LINE_MAX_BYTES] = '\n';
	write_file(text, LINE_MAX_BYTES + 1);
	collect(&out, &e);
	CHECK("longest", e.n == 0 && out.len == LINE_MAX_BYTES + 5);
	text[LINE_MAX_BYTES] = 'x';
	write_file(text, LINE_MAX_BYTES + 1);
	collect(&out, &e);
	CHECK("too long", e.n == 1 && !out.len &&
		strstr(e.text.s, "f:1:4097: the line is longer than 4096"));
	for (i = 0; i < 100; i++)
		line_error(&e, "f", 7, 0, "bad ", "thing", (char *)0);
	CHECK("counted", e.n == 101);
	for (i = 0; (size_t)i < e.text.len; i++)
		if (e.text.s[i] == '\n')
			e.n--;
	CHECK("shown", e.n == 101 - LINE_ERRORS_SHOWN);
	CHECK("no column", strstr(e.text.s, "\nf:7: bad thing\n"));
	line_errors_free(&e);
	CHECK("file too long", line_open(&r, "f", LINE_MAX_BYTES, &e) == -1 &&
		errno == EFBIG);
	line_close(&r);
	CHECK("no file", line_open(&r, "none", 10, &e) == 0);
	line_close(&r);
	sa_free(&out);
}

static const struct {
	const char *s, *key, *value; /* key NULL: no pair */
	unsigned vcol;
} pairs[] = {
	{ "a: b", "a", "b", 14 },
	{ "a:b", "a", "b", 13 },
	{ "a:", "a", "", 13 },
	{ "a :\t b", "a", "b", 16 },
	{ "a: b: c", "a", "b: c", 14 },
	{ "fred@example.test: widget01", "fred@example.test", "widget01", 30 },
	{ "x@[IPv6:2001:db8::1]: w", "x@[IPv6:2001:db8::1]", "w", 33 },
	{ "x@[IPv6:2001:db8::1]:w", "x@[IPv6:2001:db8::1]", "w", 32 },
	{ "\"a: b\"@x.test: w", "\"a: b\"@x.test", "w", 26 },
	{ "\"a\\\": b\"@x.test: w", "\"a\\\": b\"@x.test", "w", 28 },
	{ "2001:db8::1 : w", "2001:db8::1", "w", 25 },
	{ "\"open: w", "\"open", "w", 18 },
	{ ": b", NULL, NULL, 0 },
	{ " : b", NULL, NULL, 0 },
	{ ":", NULL, NULL, 0 },
	{ "a b", NULL, NULL, 0 },
	{ "", NULL, NULL, 0 },
	{ "\"a:b\"", NULL, NULL, 0 },
};

static void
test_pairs(void)
{
	const char *key, *value;
	struct guard g;
	size_t i, n, klen, vlen;
	unsigned vcol;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t len = strlen(pairs[i].s);

		for (n = 0; n <= len; n++) {
			const char *p = guard_copy(&g, pairs[i].s, n);
			int rc = line_pair(p, n, 11, &key, &klen, &value, &vlen,
			    &vcol);

			if (n == len && pairs[i].key)
				CHECK(pairs[i].s, rc == 1 && vcol ==
					    pairs[i].vcol &&
					klen == strlen(pairs[i].key) &&
					vlen == strlen(pairs[i].value) &&
					!memcmp(key, pairs[i].key, klen) &&
					!memcmp(value, pairs[i].value, vlen));
			else if (n == len)
				CHECK(pairs[i].s, rc == 0);
			else
				CHECK("cut", rc == 0 || rc == 1);
			guard_free(&g);
		}
	}
}

static const struct {
	const char *s;
	bool comma;
	const char *items; /* "column:item|" each */
} lists[] = {
	{ "a", true, "1:a|" },
	{ "a, b,c d", true, "1:a|4:b|6:c|8:d|" },
	{ "a, b,c d", false, "1:a,|4:b,c|8:d|" },
	{ " ,, a\t,", true, "5:a|" },
	{ "", true, "" },
	{ ", ,", true, "" },
	{ "\"a, b\"@x y", true, "1:\"a, b\"@x|10:y|" },
	{ "\"open, b", true, "1:\"open|8:b|" },
	{ "u@[192.0.2.1],v", true, "1:u@[192.0.2.1]|15:v|" },
};

static void
test_lists(void)
{
	stralloc out = { 0 };
	struct guard g;
	size_t i, n, len, ilen;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (n = 0; n <= strlen(lists[i].s); n++) {
			const char *s = guard_copy(&g, lists[i].s, n), *item;
			unsigned col = 1, icol;

			len = n;
			sa_clear(&out);
			while (line_item(&s, &len, &col, lists[i].comma, &item,
			    &ilen, &icol)) {
				sa_catul(&out, icol);
				sa_append(&out, ':');
				sa_catb(&out, item, ilen);
				sa_append(&out, '|');
			}
			CHECK("all read", len == 0 && col == n + 1);
			guard_free(&g);
		}
		CHECK(lists[i].s, sa_is(&out, lists[i].items));
	}
	sa_free(&out);
}

int
main(void)
{
	char dir[] = "/tmp/t_line.XXXXXX";

	if (!mkdtemp(dir) || chdir(dir) == -1)
		return 111;
	test_files();
	test_cuts();
	test_limits();
	test_pairs();
	test_lists();
	CHECK("removed", unlink("f") == 0 && rmdir(dir) == 0);
	return CHECK_DONE();
}
