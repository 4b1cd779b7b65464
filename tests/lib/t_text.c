/* SPDX-License-Identifier: ISC */
/* Counting bytes, against a loop that looks at each. */
#include "lib/text.h"

#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define LONGEST 80
#define MANY    20000 /* more than a byte of a block can count */

static size_t
slowly(const char *s, size_t len, char c)
{
	size_t n = 0;

	while (len--)
		n += *s++ == c;
	return n;
}

static void
every_length(void)
{
	char text[LONGEST];
	const char *s;
	struct guard g;
	size_t len, i;

	for (i = 0; i < sizeof text; i++)
		text[i] = "\n\r\xff"[rand() % 3];
	for (len = 0; len <= LONGEST; len++) {
		s = guard_copy(&g, text, len);
		for (i = 0; i <= len; i++) {
			CHECK("every place", text_count(s + i, len - i, '\n') ==
				slowly(s + i, len - i, '\n'));
			CHECK("above 127", text_count(s + i, len - i, '\xff') ==
				slowly(s + i, len - i, '\xff'));
		}
		guard_free(&g);
	}
}

static void
many(void)
{
	static char s[MANY];
	size_t len;

	memset(s, 'x', sizeof s);
	for (len = 4000; len <= sizeof s; len += 37) {
		CHECK("all", text_count(s, len, 'x') == len);
		CHECK("none", text_count(s, len, 'y') == 0);
	}
}

int
main(void)
{
	every_length();
	many();
	return CHECK_DONE();
}
