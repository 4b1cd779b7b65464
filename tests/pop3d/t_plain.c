/* SPDX-License-Identifier: ISC */
#include "pop3d/plain.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

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
	test_plain();
	test_long();
	return CHECK_DONE();
}
