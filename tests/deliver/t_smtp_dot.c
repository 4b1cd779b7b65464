/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "deliver/smtp_dot.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define LETTERS  "\r\n.a"
#define LEN_MAX  6 /* every sequence of these letters up to that long */
#define OUT_SIZE (2 * LEN_MAX + SMTP_DOT_END_MAX)

/* Feeds in two pieces cut at cut; the length of out. */
static size_t
transform(char *out, const char *in, size_t len, size_t cut)
{
	struct smtp_dot d = { SMTP_DOT_START };
	struct guard g;
	size_t n;

	n = smtp_dot_feed(&d, out, guard_copy(&g, in, cut), cut);
	guard_free(&g);
	n += smtp_dot_feed(
	    &d, out + n, guard_copy(&g, in + cut, len - cut), len - cut);
	guard_free(&g);
	return n + smtp_dot_end(&d, out + n);
}

/* The lines of in, each ended by LF, by the rule that CRLF, CR and LF end one.
 */
static size_t
lines_of(char *out, const char *in, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (in[i] == '\n' && i && in[i - 1] == '\r')
			continue;
		out[n++] = in[i] == '\r' ? '\n' : in[i];
	}
	if (n && out[n - 1] != '\n')
		out[n++] = '\n';
	return n;
}

/* What a server takes the text for, which must end where we meant; 0: it does
 * not, or a lone CR or LF is in it. */
static int
received(char *out, size_t *n, const char *in, size_t len)
{
	size_t i = 0, line;

	*n = 0;
	while (i < len) {
		for (line = i;
		     line + 1 < len && in[line] != '\r' && in[line] != '\n';
		     line++)
			;
		if (line + 1 >= len || in[line] != '\r' || in[line + 1] != '\n')
			return 0;
		if (line == i + 1 && in[i] == '.')
			return line + 2 == len;
		if (in[i] == '.')
			i++;
		memcpy(out + *n, in + i, line - i);
		*n += line - i;
		out[(*n)++] = '\n';
		i = line + 2;
	}
	return 0;
}

static void
test_one(const char *in, size_t len)
{
	char out[OUT_SIZE], want[OUT_SIZE], got[OUT_SIZE];
	size_t cut, n, nwant = lines_of(want, in, len), ngot;

	for (cut = 0; cut <= len; cut++) {
		n = transform(out, in, len, cut);
		CHECK("fits", n <= 2 * len + SMTP_DOT_END_MAX);
		CHECK(
		    "ends once, at the end", received(got, &ngot, out, n) == 1);
		CHECK("nothing lost",
		    ngot == nwant && memcmp(got, want, nwant) == 0);
	}
}

int
main(void)
{
	char in[LEN_MAX];
	size_t len, i, all, number, rest;

	for (len = 0, all = 1; len <= LEN_MAX; len++, all *= 4)
		for (number = 0; number < all; number++) {
			for (i = 0, rest = number; i < len; i++, rest /= 4)
				in[i] = LETTERS[rest % 4];
			test_one(in, len);
		}
	return CHECK_DONE();
}
