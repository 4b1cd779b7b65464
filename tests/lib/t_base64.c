/* SPDX-License-Identifier: ISC */
#include "lib/base64.h"

#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *text, *out; /* out NULL: refused */
} rows[] = {
	{ "", "" },
	{ "Zg==", "f" },
	{ "Zm8=", "fo" },
	{ "Zm9v", "foo" },
	{ "Zm9vYmFy", "foobar" },
	{ "+/+/", "\xfb\xff\xbf" },
	{ "-_-_", NULL },
	{ "Zm8", NULL },
	{ "Zg=", NULL },
	{ "Zg", NULL },
	{ "Zh==", NULL },
	{ "Zm9=", NULL },
	{ "Z===", NULL },
	{ "====", NULL },
	{ "=m9v", NULL },
	{ "Zg==Zm9v", NULL },
	{ "Zm 9", NULL },
	{ "Zm9v\r\n", NULL },
	{ "Zm9-", NULL },
	{ "\xff\xff\xff\xff", NULL },
};

int
main(void)
{
	char out[64];
	struct guard g;
	size_t i, n, len;
	char *s;
	int r = 0;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (len = 0; len <= strlen(rows[i].text); len++) {
			s = guard_copy(&g, rows[i].text, len);
			r = base64_decode(out, &n, s, len);
			CHECK(rows[i].text, len % 4 == 0 || r == 0);
			guard_free(&g);
		}
		CHECK(rows[i].text, r == (rows[i].out != NULL));
		CHECK(rows[i].text, !r || (n == strlen(rows[i].out) &&
					      !memcmp(out, rows[i].out, n)));
	}
	return CHECK_DONE();
}
