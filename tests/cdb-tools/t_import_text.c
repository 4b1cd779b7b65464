/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "cdb-tools/import_read.h"
#include "lib/log.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) (s), sizeof(s) - 1

static const struct {
	const char *name, *in;
	size_t len;
	const char *out;
	size_t outlen;
} rows[] = {
	{ "nothing", B(""), B("") },
	{ "ASCII", B("a:b\r\nc\n"), B("a:b\r\nc\n") },
	{ "no line end", B("a\nb"), B("a\nb") },
	{ "UTF-8", B("M\xc3\xbcller\n"), B("M\xc3\xbcller\n") },
	{ "Latin-1", B("M\xfcller\n"), B("M\xc3\xbcller\n") },
	{ "each line by itself", B("\xc3\xa4\n\xe4\n"),
	    B("\xc3\xa4\n\xc3\xa4\n") },
	{ "the ends of the range", B("\x80\xff"), B("\xc2\x80\xc3\xbf") },
	{ "a character that is cut", B("x\xc3\n"), B("x\xc3\x83\n") },
	{ "a mark in front", B("\xef\xbb\xbfx\n"), B("x\n") },
	{ "half a mark", B("\xef\xbb"), B("\xc3\xaf\xc2\xbb") },
	{ "a NUL stays one, and a fault", B("a\0\xfc\n"), B("a\0\xfc\n") },
};

int
main(void)
{
	stralloc out = { 0 };
	struct guard g;
	size_t i, n;

	log_program("t_import_text");
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (n = 0; n <= rows[i].len; n++) {
			import_utf8(&out, guard_copy(&g, rows[i].in, n), n);
			CHECK("cut short", out.len <= 2 * n);
			guard_free(&g);
		}
		CHECK(rows[i].name, out.len == rows[i].outlen &&
			memcmp(out.s ? out.s : "", rows[i].out, out.len) == 0);
	}
	sa_free(&out);
	return CHECK_DONE();
}
