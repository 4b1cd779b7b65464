/* SPDX-License-Identifier: ISC */
#include "pop3d/pop3d.h"

#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1

static const struct {
	const char *name, *wire;
	size_t len;
	int result;
} requests[] = {
	{ "whole",
	    B("C"
	      "1:3,"
	      "0:,"
	      "6:STAT\r\n,"),
	    0 },
	{ "NUL ahead",
	    B("C"
	      "1:3,"
	      "7:TLSv1.3,"
	      "2:\0a,"),
	    0 },
	{ "other version",
	    B("C"
	      "1:2,"
	      "0:,"
	      "0:,"),
	    -1 },
	{ "other operation",
	    B("V"
	      "1:3,"
	      "0:,"
	      "0:,"),
	    -1 },
	{ "a field short",
	    B("C"
	      "1:3,"
	      "0:,"),
	    -1 },
	{ "a field too many",
	    B("C"
	      "1:3,"
	      "0:,"
	      "0:,"
	      "0:,"),
	    -1 },
	{ "longer than it can be",
	    B("C"
	      "1:3,"
	      "0:,"
	      "9999:a,"),
	    -1 },
};
static const struct {
	const char *name, *wire;
	size_t len;
	int scan;
	enum pop3d_result result;
	const char *text;
} answers[] = {
	{ "taken", B("Y"), 0, POP3D_TAKEN, "" },
	{ "refused",
	    B("U"
	      "8:[IN-USE],"),
	    0, POP3D_REFUSED, "[IN-USE]" },
	{ "later",
	    B("M"
	      "3:why,"),
	    0, POP3D_TRY_LATER, "why" },
	{ "taken and more",
	    B("Y"
	      "1:x,"),
	    -1, POP3D_TAKEN, NULL },
	{ "refused without a text", B("U"), -1, POP3D_TAKEN, NULL },
	{ "empty", B("E3:ann,"), 0, POP3D_EMPTY, "ann" },
	{ "send", B("S8:widget01,"), 0, POP3D_SEND, "widget01" },
	{ "empty, of no mailbox", B("E0:,"), -1, POP3D_TAKEN, NULL },
	{ "send, of no mailbox's name", B("S6:../ann,"), -1, POP3D_TAKEN,
	    NULL },
	{ "empty and more", B("E3:ann,1:x,"), -1, POP3D_TAKEN, NULL },
	{ "unknown", B("Z"), -1, POP3D_TAKEN, NULL },
	{ "nothing", B(""), -1, POP3D_TAKEN, NULL },
};

static void
test_requests(void)
{
	struct pop3d_request r, again;
	struct guard g;
	char buf[POP3D_MSG_MAX];
	size_t i, cut;
	long len;

	for (i = 0; i < sizeof requests / sizeof *requests; i++) {
		for (cut = 0; cut < requests[i].len; cut++) {
			int got = pop3d_request_scan(
			    &r, guard_copy(&g, requests[i].wire, cut), cut);

			/* the others must only not crash */
			if (requests[i].result == 0)
				CHECK(requests[i].name, got == -1);
			guard_free(&g);
		}
		CHECK(requests[i].name,
		    pop3d_request_scan(&r,
			guard_copy(&g, requests[i].wire, requests[i].len),
			requests[i].len) == requests[i].result);
		if (requests[i].result == 0) {
			len = pop3d_request_make(buf, sizeof buf, &r);
			CHECK(requests[i].name,
			    len == (long)requests[i].len &&
				memcmp(buf, requests[i].wire, (size_t)len) ==
				    0 &&
				pop3d_request_scan(&again, buf, (size_t)len) ==
				    0);
		}
		guard_free(&g);
	}
}

static void
test_answers(void)
{
	enum pop3d_result result;
	char text[POP3D_TEXT_MAX], buf[600];
	struct guard g;
	size_t i;
	long len;

	for (i = 0; i < sizeof answers / sizeof *answers; i++) {
		CHECK(answers[i].name,
		    pop3d_answer_scan(&result, text,
			guard_copy(&g, answers[i].wire, answers[i].len),
			answers[i].len) == answers[i].scan);
		guard_free(&g);
		if (answers[i].scan == -1)
			continue;
		CHECK(answers[i].name, result == answers[i].result &&
					   strcmp(text, answers[i].text) == 0);
		len = pop3d_answer_make(buf, sizeof buf, result, text);
		CHECK(answers[i].name,
		    len == (long)answers[i].len &&
			memcmp(buf, answers[i].wire, (size_t)len) == 0);
	}
}

int
main(void)
{
	test_requests();
	test_answers();
	return CHECK_DONE();
}
