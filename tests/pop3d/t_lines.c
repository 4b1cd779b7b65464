/* SPDX-License-Identifier: ISC */
#include "pop3d/lines.h"

#include <string.h>
#include <unistd.h>

#include "tests/lib/check.h"

#define MAX  16 /* bytes of a line in these rows */
#define B(s) s, sizeof(s) - 1

/* What comes out: lines with '|' behind each, '!' for one too long. */
static const struct {
	const char *name, *bytes;
	size_t len;
	const char *out;
	bool left; /* something is buffered at the end */
} rows[] = {
	{ "CRLF", B("one\r\ntwo\r\n"), "one|two|", false },
	{ "LF alone", B("one\ntwo\n"), "one|two|", false },
	{ "empty lines", B("\r\n\n\r\n"), "|||", false },
	{ "CR inside", B("a\rb\r\r\n"), "a\rb\r|", false },
	{ "a beginning", B("one\r\ntw"), "one|", true },
	{ "as long as may be", B("12345678901234\r\nx\r\n"),
	    "12345678901234|x|", false },
	{ "a byte too long", B("123456789012345\r\nx\r\n"), "!x|", false },
	{ "much too long", B("12345678901234567890123456789012345\r\nx\r\n"),
	    "!x|", false },
	{ "too long, no end", B("1234567890123456789012345"), "", true },
	{ "two too long", B("12345678901234567890\r\n12345678901234567890\n"),
	    "!!", false },
};

/* Feeds the bytes in pieces of step and writes what comes out. */
static void
run(const char *name, const char *bytes, size_t len, size_t step,
    const char *want, bool left)
{
	struct lines l;
	char out[256], *line;
	size_t n = 0, at, got, piece;
	int pipes[2], r;

	if (pipe(pipes) == -1)
		abort();
	lines_init(&l, pipes[0]);
	for (at = 0; at < len; at += piece) {
		piece = len - at < step ? len - at : step;
		if (write(pipes[1], bytes + at, piece) != (ssize_t)piece ||
		    lines_fill(&l, 1000) != 1)
			abort();
		while ((r = lines_take(&l, &line, &got, MAX)) != 0) {
			if (r == -1) {
				out[n++] = '!';
				continue;
			}
			memcpy(out + n, line, got);
			n += got;
			out[n++] = '|';
		}
	}
	CHECK(name, n == strlen(want) && memcmp(out, want, n) == 0);
	CHECK(name, lines_buffered(&l) == left);
	close(pipes[1]);
	CHECK(name, lines_fill(&l, 1000) == 0);
	close(pipes[0]);
}

int
main(void)
{
	size_t i, step;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		for (step = 1; step <= rows[i].len; step++)
			run(rows[i].name, rows[i].bytes, rows[i].len, step,
			    rows[i].out, rows[i].left);
	return CHECK_DONE();
}
