/* SPDX-License-Identifier: ISC */
#include "admin/admin_proto.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof s - 1

static const struct {
	const char *name, *packet;
	size_t len;
	int want, argc;
	const char *last;
} rows[] = {
	{ "whole", B("R1:1,6:userdb,3:add,2:w1,"), 0, 3, "w1" },
	{ "no words", B("R1:1,6:userdb,"), 0, 1, "userdb" },
	{ "an empty word", B("R1:1,6:userdb,0:,"), 0, 2, "" },
	{ "no program", B("R1:1,"), -1, 0, NULL },
	{ "another version", B("R1:2,6:userdb,"), -1, 0, NULL },
	{ "another operation", B("Q1:1,6:userdb,"), -1, 0, NULL },
	{ "NUL in a word", B("R1:1,3:a\0b,"), -1, 0, NULL },
	{ "bytes behind", B("R1:1,1:a,x"), -1, 0, NULL },
	{ "a length that lies", B("R1:1,9999:a,"), -1, 0, NULL },
};

static struct admin_words words;

static void
check_words(void)
{
	char packet[MSG_MAX];
	char *argv[ADMIN_WORDS_MAX + 1];
	long len;
	int i;

	for (i = 0; i <= ADMIN_WORDS_MAX; i++)
		argv[i] = (char *)"word";
	len = admin_request_make(packet, sizeof packet, "userdb",
	    ADMIN_WORDS_MAX, argv);
	CHECK("as many words as can be", len > 0 &&
	    admin_request_scan(&words, packet, (size_t)len) == 0 &&
	    words.argc == ADMIN_WORDS_MAX + 1 &&
	    !words.argv[ADMIN_WORDS_MAX + 1]);
	CHECK("one more", admin_request_make(packet, sizeof packet, "userdb",
	    ADMIN_WORDS_MAX + 1, argv) == -1);
	memcpy(packet + len, "4:word,", 7);
	CHECK("one more on the wire",
	    admin_request_scan(&words, packet, (size_t)len + 7) == -1);
}

static void
check_answers(void)
{
	char packet[64];
	long len = admin_answer_make(packet, sizeof packet, 111);

	CHECK("an answer", len > 0 &&
	    admin_answer_scan(packet, (size_t)len) == 111);
	CHECK("no code", admin_answer_scan(B("E3:256,")) == -1);
	CHECK("no answer", admin_answer_scan(B("F1:0,")) == -1);
	CHECK("cut", admin_answer_scan(packet, (size_t)len - 1) == -1);
}

int
main(void)
{
	struct guard g;
	size_t i, n;
	char *text;
	int r;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (n = 0; n <= rows[i].len; n++) {
			text = guard_copy(&g, rows[i].packet, n);
			r = admin_request_scan(&words, text, n);
			if (n == rows[i].len)
				CHECK(rows[i].name, r == rows[i].want);
			if (n == rows[i].len && r == 0)
				CHECK(rows[i].name,
				    words.argc == rows[i].argc &&
					!words.argv[words.argc] &&
					!strcmp(words.argv[words.argc - 1],
					    rows[i].last));
			guard_free(&g);
		}
	}
	check_words();
	check_answers();
	return CHECK_DONE();
}
