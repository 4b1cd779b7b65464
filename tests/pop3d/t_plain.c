/* SPDX-License-Identifier: ISC */
#include "pop3d/plain.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *name, *text;
	int result;
	const char *out;
	size_t len;
} base64[] = {
	{ "empty", "", 1, "", 0 },
	{ "three", "Zm9v", 1, "foo", 3 },
	{ "two", "Zm8=", 1, "fo", 2 },
	{ "one", "Zg==", 1, "f", 1 },
	{ "six", "Zm9vYmFy", 1, "foobar", 6 },
	{ "all signs", "+/+/", 1, "\xfb\xff\xbf", 3 },
	{ "no padding", "Zm8", 0, "", 0 },
	{ "padding in the middle", "Zg==Zm9v", 0, "", 0 },
	{ "padding alone", "====", 0, "", 0 },
	{ "three paddings", "Z===", 0, "", 0 },
	{ "a stray bit", "Zh==", 0, "", 0 },
	{ "a stray bit of two", "Zm9=", 0, "", 0 },
	{ "a blank", "Zm 9", 0, "", 0 },
	{ "url alphabet", "-_-_", 0, "", 0 },
	{ "8-bit", "\xc3\xa9\xc3\xa9", 0, "", 0 },
};

static const struct {
	const char *name, *text;
	enum plain_result result;
	const char *user, *password;
} plain[] = {
	/* \0ann\0secret */
	{ "whole", "AGFubgBzZWNyZXQ=", PLAIN_OK, "ann", "secret" },
	/* ann\0ann\0secret */
	{ "authzid the same", "YW5uAGFubgBzZWNyZXQ=", PLAIN_OK, "ann",
	    "secret" },
	/* ANN\0ann\0secret */
	{ "authzid in capitals", "QU5OAGFubgBzZWNyZXQ=", PLAIN_OK, "ann",
	    "secret" },
	/* bob\0ann\0secret */
	{ "authzid of another", "Ym9iAGFubgBzZWNyZXQ=", PLAIN_FOREIGN, NULL,
	    NULL },
	/* \0ann\0se cret\xff */
	{ "any byte", "AGFubgBzZSBjcmV0/w==", PLAIN_OK, "ann", "se cret\xff" },
	{ "empty", "", PLAIN_BROKEN, NULL, NULL },
	/* \0\0secret */
	{ "no user", "AABzZWNyZXQ=", PLAIN_BROKEN, NULL, NULL },
	/* \0ann\0 */
	{ "no password", "AGFubgA=", PLAIN_BROKEN, NULL, NULL },
	/* \0ann */
	{ "two parts", "AGFubg==", PLAIN_BROKEN, NULL, NULL },
	/* ann */
	{ "one part", "YW5u", PLAIN_BROKEN, NULL, NULL },
	/* \0ann\0a\0b */
	{ "four parts", "AGFubgBhAGI=", PLAIN_BROKEN, NULL, NULL },
	{ "no base64", "AGFubgBzZWNyZXQ", PLAIN_BROKEN, NULL, NULL },
};

static void
test_base64(void)
{
	struct guard g;
	char out[64];
	size_t i, n, cut, len;

	for (i = 0; i < sizeof base64 / sizeof *base64; i++) {
		len = strlen(base64[i].text);
		for (cut = 0; cut < len; cut++) {
			plain_base64(
			    out, &n, guard_copy(&g, base64[i].text, cut), cut);
			guard_free(&g);
		}
		n = 99;
		CHECK(base64[i].name,
		    plain_base64(out, &n, guard_copy(&g, base64[i].text, len),
			len) == base64[i].result);
		if (base64[i].result)
			CHECK(base64[i].name,
			    n == base64[i].len &&
				memcmp(out, base64[i].out, n) == 0);
		guard_free(&g);
	}
}

static void
test_plain(void)
{
	struct guard g;
	struct plain p;
	size_t i, cut, len;

	for (i = 0; i < sizeof plain / sizeof *plain; i++) {
		len = strlen(plain[i].text);
		for (cut = 0; cut < len; cut++) {
			plain_parse(
			    &p, guard_copy(&g, plain[i].text, cut), cut);
			guard_free(&g);
		}
		CHECK(plain[i].name,
		    plain_parse(&p, guard_copy(&g, plain[i].text, len), len) ==
			plain[i].result);
		if (plain[i].user)
			CHECK(plain[i].name,
			    strcmp(p.user, plain[i].user) == 0 &&
				strcmp(p.password, plain[i].password) == 0);
		guard_free(&g);
	}
}

/* At the limits and past them: all 'A' is NUL bytes, all 'Y' is no NUL. */
static void
test_long(void)
{
	static char text[8192];
	struct plain p;
	size_t len;

	for (len = 0; len < sizeof text; len += 4) {
		memset(text, 'A', len);
		CHECK("NULs", plain_parse(&p, text, len) == PLAIN_BROKEN);
		memset(text, 'Y', len);
		CHECK("no NULs", plain_parse(&p, text, len) == PLAIN_BROKEN);
		if (len >= 4) /* one NUL in front, one a third in */
			memcpy(text, "AGFh", 4);
		if (len >= 8)
			memcpy(text + len / 3 / 4 * 4, "AGFh", 4);
		plain_parse(&p, text, len);
	}
}

int
main(void)
{
	test_base64();
	test_plain();
	test_long();
	return CHECK_DONE();
}
