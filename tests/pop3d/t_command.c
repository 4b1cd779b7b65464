/* SPDX-License-Identifier: ISC */
#include "pop3d/command.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1

static const struct {
	const char *name, *line;
	size_t len;
	enum verb verb;
	const char *arg;
	int numbers; /* of at most two */
	uint32_t n[2];
} rows[] = {
	{ "plain", B("STAT"), VERB_STAT, "", 0, { 0, 0 } },
	{ "lower case", B("stat"), VERB_STAT, "", 0, { 0, 0 } },
	{ "three letters", B("ToP 1 20"), VERB_TOP, "1 20", 2, { 1, 20 } },
	{ "one number", B("RETR 7"), VERB_RETR, "7", 1, { 7, 0 } },
	{ "leading zeros", B("RETR 007"), VERB_RETR, "007", 1, { 7, 0 } },
	{ "blanks about", B("LIST  3 "), VERB_LIST, " 3 ", 1, { 3, 0 } },
	{ "three numbers", B("TOP 1 2 3"), VERB_TOP, "1 2 3", -1, { 0, 0 } },
	{ "no number", B("RETR x"), VERB_RETR, "x", -1, { 0, 0 } },
	{ "a number and more", B("RETR 1x"), VERB_RETR, "1x", -1, { 0, 0 } },
	{ "negative", B("RETR -1"), VERB_RETR, "-1", -1, { 0, 0 } },
	{ "huge", B("DELE 99999999999999999999999"), VERB_DELE,
	    "99999999999999999999999", 1, { COMMAND_NUMBER_MAX, 0 } },
	{ "a tab is no blank", B("RETR\t1"), VERB_UNKNOWN, "", 0, { 0, 0 } },
	{ "password with blanks", B("PASS  a b "), VERB_PASS, " a b ", -1,
	    { 0, 0 } },
	{ "8-bit password", B("PASS \xff\x80"), VERB_PASS, "\xff\x80", -1,
	    { 0, 0 } },
	{ "NUL in the argument", B("PASS a\0b"), VERB_UNKNOWN, NULL, -1,
	    { 0, 0 } },
	{ "NUL behind the verb", B("QUIT\0"), VERB_UNKNOWN, "", 0, { 0, 0 } },
	{ "empty", B(""), VERB_UNKNOWN, "", 0, { 0, 0 } },
	{ "a blank in front", B(" STAT"), VERB_UNKNOWN, "STAT", -1, { 0, 0 } },
	{ "a longer word", B("STATS"), VERB_UNKNOWN, "", 0, { 0, 0 } },
	{ "a shorter word", B("STA"), VERB_UNKNOWN, "", 0, { 0, 0 } },
	{ "USER", B("USER ann@example.test"), VERB_USER, "ann@example.test", -1,
	    { 0, 0 } },
	{ "APOP", B("APOP a b"), VERB_APOP, "a b", -1, { 0, 0 } },
};

static const char *const words[] = { "APOP", "AUTH", "CAPA", "DELE", "LIST",
	"NOOP", "PASS", "QUIT", "RETR", "RSET", "STAT", "STLS", "TOP", "UIDL",
	"USER" };

int
main(void)
{
	struct command c;
	struct guard g;
	uint32_t n[2];
	size_t i, cut;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (cut = 0; cut < rows[i].len; cut++) {
			char *p = guard_copy(&g, rows[i].line, cut);

			command_parse(&c, p, cut);
			CHECK(rows[i].name, c.arg + c.arglen == p + cut);
			command_numbers(&c, n, 2);
			guard_free(&g);
		}
		command_parse(
		    &c, guard_copy(&g, rows[i].line, rows[i].len), rows[i].len);
		CHECK(rows[i].name, c.verb == rows[i].verb);
		CHECK(rows[i].name,
		    !rows[i].arg ||
			(c.arglen == strlen(rows[i].arg) &&
			    memcmp(c.arg, rows[i].arg, c.arglen) == 0));
		n[0] = n[1] = 0;
		CHECK(
		    rows[i].name, command_numbers(&c, n, 2) == rows[i].numbers);
		if (rows[i].numbers > 0)
			CHECK(rows[i].name,
			    n[0] == rows[i].n[0] && n[1] == rows[i].n[1]);
		guard_free(&g);
	}
	for (i = 0; i < sizeof words / sizeof *words; i++) {
		command_parse(&c, words[i], strlen(words[i]));
		CHECK(words[i], c.verb == (enum verb)(VERB_APOP + i));
	}
	return CHECK_DONE();
}
