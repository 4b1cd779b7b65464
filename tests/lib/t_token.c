/* SPDX-License-Identifier: ISC */
#include "lib/token.h"
#include <string.h>
#include "tests/lib/check.h"

static const unsigned char key[TOKEN_KEY_BYTES] = "one", other[TOKEN_KEY_BYTES] = "two";

int
main(void)
{
	char a[TOKEN_MAX + 1], b[TOKEN_MAX + 1];
	int i;

	token_make(a, 16, key, "x", "yz");
	CHECK("length", strlen(a) == 16);
	token_make(b, 8, key, "x", "yz");
	CHECK("a shorter one begins the same", strncmp(a, b, 8) == 0);
	token_make(b, 16, key, "xy", "z");
	CHECK("other parts", strcmp(a, b) != 0);
	token_make(b, 16, other, "x", "yz");
	CHECK("another key", strcmp(a, b) != 0);
	token_make(b, 99, key, "x");
	CHECK("at most", strlen(b) == TOKEN_MAX);
	CHECK("is", token_is("abc2", "ABC2", 4));
	CHECK("is not", !token_is("abc2", "abc3", 4));
	CHECK("shorter", !token_is("abc2", "abc", 3));
	CHECK("no digit", !token_is("abc2", "abc!", 4));
	for (i = 0; i < 32; i++)
		CHECK("digits", token_value(token_digit((unsigned)i)) == i);
	CHECK("none", token_value('1') == -1 && token_value('=') == -1);
	return CHECK_DONE();
}
