/* SPDX-License-Identifier: ISC */
#include "smtpd/command.h"

#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *line, *arg;
	enum command id;
} verbs[] = {
	{ "EHLO x", "x", COMMAND_EHLO },
	{ "ehlo  x  ", "x", COMMAND_EHLO },
	{ "HeLo\tx", "x", COMMAND_HELO },
	{ "EHLOx", "", COMMAND_UNKNOWN },
	{ "MAIL FROM:<a@b>", "FROM:<a@b>", COMMAND_MAIL },
	{ "QUIT", "", COMMAND_QUIT },
	{ "QUIT ", "", COMMAND_QUIT },
	{ "", "", COMMAND_UNKNOWN },
	{ " QUIT", "QUIT", COMMAND_UNKNOWN },
	{ "BDAT 10 LAST", "10 LAST", COMMAND_UNKNOWN },
	{ "GET / HTTP/1.1", "/ HTTP/1.1", COMMAND_FOREIGN },
	{ "STARTTLS", "", COMMAND_STARTTLS },
};

static const struct {
	const char *arg, *addr, *rest; /* addr NULL: refused */
} paths[] = {
	{ "FROM:<a@b.example>", "a@b.example", "" },
	{ "from:<A@b.example> SIZE=1", "A@b.example", "SIZE=1" },
	{ "FROM: <a@b.example>  BODY=7BIT", "a@b.example", "BODY=7BIT" },
	{ "FROM:a@b.example SIZE=1", "a@b.example", "SIZE=1" },
	{ "FROM:<>", "", "" },
	{ "FROM:<> SIZE=1", "", "SIZE=1" },
	{ "FROM:<@x.example,@y.example:a@b.example>", "a@b.example", "" },
	{ "FROM:<\"a b\"@b.example>", "\"a b\"@b.example", "" },
	{ "FROM:<a@b.example>SIZE=1", NULL, NULL },
	{ "FROM:<a@b.example", NULL, NULL },
	{ "FROM:", NULL, NULL },
	{ "FROM", NULL, NULL },
	{ "TO:<a@b.example>", NULL, NULL },
	{ "FROM <a@b.example>", NULL, NULL },
	{ "FROM:<a b@c.example>", NULL, NULL },
	{ "FROM:<a@b.example>>", NULL, NULL },
	{ "FROM:<\xc3\xa4@b.example>", NULL, NULL },
};

static const struct {
	const char *s;
	enum command_params_result result;
	uint64_t size;
	bool body8;
} params[] = {
	{ "", PARAMS_GOOD, 0, false },
	{ "SIZE=123", PARAMS_GOOD, 123, false },
	{ "size=0 body=8bitmime", PARAMS_GOOD, 0, true },
	{ "BODY=7BIT  AUTH=<>", PARAMS_GOOD, 0, false },
	{ "AUTH=a+2Bb@c.example", PARAMS_GOOD, 0, false },
	{ "SIZE=9999999999999999999", PARAMS_GOOD, 9999999999999999999u,
	    false },
	{ "SIZE=18446744073709551615", PARAMS_GOOD, UINT64_MAX, false },
	{ "SIZE=18446744073709551617", PARAMS_GOOD, UINT64_MAX, false },
	{ "SIZE=99999999999999999999", PARAMS_GOOD, UINT64_MAX, false },
	{ "SIZE=00000000000000000007", PARAMS_GOOD, 7, false },
	{ "SIZE=100000000000000000000", PARAMS_BAD, UINT64_MAX, false },
	{ "SIZE=9999999999999999999x", PARAMS_BAD, 0, false },
	{ "SIZE=", PARAMS_BAD, 0, false },
	{ "SIZE", PARAMS_BAD, 0, false },
	{ "SIZE=-1", PARAMS_BAD, 0, false },
	{ "SIZE=1x", PARAMS_BAD, 0, false },
	{ "SIZE=1 SIZE=1", PARAMS_BAD, 0, false },
	{ "BODY=BINARYMIME", PARAMS_BAD, 0, false },
	{ "BODY", PARAMS_BAD, 0, false },
	{ "AUTH=", PARAMS_BAD, 0, false },
	{ "AUTH=\x01", PARAMS_BAD, 0, false },
	{ "SMTPUTF8", PARAMS_UNKNOWN, 0, false },
	{ "RET=HDRS", PARAMS_UNKNOWN, 0, false },
	{ "SIZE=1 =x", PARAMS_UNKNOWN, 1, false },
};

static const struct {
	const char *s;
	bool good;
} names[] = {
	{ "client.example", true },
	{ "my_pc", true },
	{ "[192.0.2.1]", true },
	{ "[IPv6:2001:db8::1]", true },
	{ "", false },
	{ "two words", false },
	{ "a)b", false },
	{ "a<b>", false },
	{ "\xc3\xa4", false },
};

/* Calls each parser on every beginning of s, its NUL against the guard. */
static void
sweep(const char *s)
{
	stralloc addr = { 0 };
	struct command_params p;
	const char *arg, *rest, *why = NULL;
	char cut[256];
	struct guard g;
	size_t n;

	for (n = 0; n <= strlen(s); n++) {
		memcpy(cut, s, n);
		cut[n] = 0;
		char *copy = guard_copy(&g, cut, n + 1);

		command_params(&p, copy);
		command_is_helo(copy);
		CHECK(s, command_path(&addr, copy, "FROM:", &rest, &why) == 1 ||
			     (why && *why));
		command_scan(copy, &arg);
		guard_free(&g);
	}
	sa_free(&addr);
}

static void
check_paths(void)
{
	stralloc addr = { 0 };
	const char *rest, *why;
	size_t i;
	int r;

	for (i = 0; i < sizeof paths / sizeof *paths; i++) {
		r = command_path(&addr, paths[i].arg, "FROM:", &rest, &why);
		CHECK(paths[i].arg, r == (paths[i].addr != NULL));
		CHECK(paths[i].arg,
		    r != 1 || (strcmp(addr.s, paths[i].addr) == 0 &&
				  strcmp(rest, paths[i].rest) == 0));
		sweep(paths[i].arg);
	}
	sa_free(&addr);
}

int
main(void)
{
	struct command_params p;
	const char *arg;
	char line[64];
	size_t i;

	for (i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		strcpy(line, verbs[i].line);
		CHECK(verbs[i].line, command_scan(line, &arg) == verbs[i].id);
		CHECK(verbs[i].line, strcmp(arg, verbs[i].arg) == 0);
		sweep(verbs[i].line);
	}
	check_paths();
	for (i = 0; i < sizeof params / sizeof *params; i++) {
		CHECK(params[i].s,
		    command_params(&p, params[i].s) == params[i].result);
		CHECK(params[i].s, params[i].result != PARAMS_GOOD ||
				       (p.size == params[i].size &&
					   p.body8 == params[i].body8));
		sweep(params[i].s);
	}
	for (i = 0; i < sizeof names / sizeof *names; i++)
		CHECK(names[i].s, command_is_helo(names[i].s) == names[i].good);
	return CHECK_DONE();
}
