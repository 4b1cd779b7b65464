/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "authd/checkpassword.h"
#include "tests/lib/check.h"

#define B(s) s, sizeof(s) - 1

static const struct {
	const char *name, *data;
	size_t len;
	int result;
	const char *user, *password;
} rows[] = {
	{ "whole", B("ann\0secret\0Y123\0"), 1, "ann", "secret" },
	{ "no time stamp", B("ann\0secret\0"), 1, "ann", "secret" },
	{ "empty password", B("ann\0\0\0"), 1, "ann", "" },
	{ "no end", B("ann\0secret"), 0, NULL, NULL },
	{ "only a name", B("ann\0"), 0, NULL, NULL },
	{ "no name", B("\0secret\0\0"), 0, NULL, NULL },
	{ "nothing", B(""), 0, NULL, NULL },
};

int
main(void)
{
	struct checkpassword cp;
	size_t i;
	int got;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		memset(cp.data, 'x', sizeof cp.data);
		memcpy(cp.data, rows[i].data, rows[i].len);
		got = checkpassword_parse(&cp, rows[i].len);
		CHECK(rows[i].name, got == rows[i].result);
		if (got == 1 && rows[i].user)
			CHECK(rows[i].name, !strcmp(cp.user, rows[i].user) &&
			    !strcmp(cp.password, rows[i].password));
	}
	return CHECK_DONE();
}
