/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "relayd/relayd_proto.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1
#define IP "9:192.0.2.1,"

static const struct {
	const char *name;
	enum relayd_port port;
	const char *wire;
	size_t len;
	int result;
} requests[] = {
	{ "check", RELAYD_CHECK, B("C" "1:1," IP "0:," "0:," "3:ann,"), 0 },
	{ "check, all", RELAYD_CHECK,
	    B("C" "1:1," "3:::1," "11:relayclient," "4:abcd," "3:ann,"), 0 },
	{ "check, null sender", RELAYD_CHECK,
	    B("C" "1:1," IP "0:," "0:," "0:,"), 0 },
	{ "other version", RELAYD_CHECK,
	    B("C" "1:2," IP "0:," "0:," "3:ann,"), -1 },
	{ "other basis", RELAYD_CHECK,
	    B("C" "1:1," IP "3:yes," "0:," "3:ann,"), -1 },
	{ "no address", RELAYD_CHECK,
	    B("C" "1:1," "0:," "0:," "0:," "3:ann,"), -1 },
	{ "not an address", RELAYD_CHECK,
	    B("C" "1:1," "3:ann," "0:," "0:," "3:ann,"), -1 },
	{ "not a mailbox", RELAYD_CHECK,
	    B("C" "1:1," IP "0:," "0:," "4:../a,"), -1 },
	{ "upper case", RELAYD_CHECK,
	    B("C" "1:1," IP "0:," "0:," "3:Ann,"), -1 },
	{ "a field too many", RELAYD_CHECK,
	    B("C" "1:1," IP "0:," "0:," "3:ann," "0:,"), -1 },
	{ "owns", RELAYD_CHECK, B("W" "1:1," IP "0:," "3:ann,"), 0 },
	{ "owns nobody", RELAYD_CHECK, B("W" "1:1," IP "0:," "0:,"), -1 },
	{ "open at check", RELAYD_CHECK, B("O" "1:1," IP "3:ann,"), -1 },
	{ "open", RELAYD_OPEN, B("O" "1:1," IP "3:ann,"), 0 },
	{ "open for nobody", RELAYD_OPEN, B("O" "1:1," IP "0:,"), -1 },
	{ "auth", RELAYD_OPEN, B("A" "1:1," IP "3:ann,"), 0 },
	{ "close", RELAYD_OPEN, B("X" "1:1," "3:ann,"), 0 },
	{ "check at open", RELAYD_OPEN,
	    B("C" "1:1," IP "0:," "0:," "3:ann,"), -1 },
	{ "redeem", RELAYD_REDEEM, B("R" "1:1," "4:abcd," "2:10,"), 0 },
	{ "redeem, leading zero", RELAYD_REDEEM,
	    B("R" "1:1," "4:abcd," "2:01,"), -1 },
	{ "redeem, too many", RELAYD_REDEEM,
	    B("R" "1:1," "4:abcd," "10:4294967296,"), -1 },
	{ "open at redeem", RELAYD_REDEEM, B("O" "1:1," IP "3:ann,"), -1 },
	{ "list", RELAYD_CONTROL, B("L" "1:1,"), 0 },
	{ "stats", RELAYD_CONTROL, B("S" "1:1,"), 0 },
	{ "steer open", RELAYD_CONTROL,
	    B("O" "1:1," IP "3:ann," "3:900,"), 0 },
	{ "steer close ip", RELAYD_CONTROL, B("X" "1:1," IP "0:,"), 0 },
	{ "steer close mailbox", RELAYD_CONTROL,
	    B("X" "1:1," "0:," "3:ann,"), 0 },
	{ "ask", RELAYD_CONTROL, B("Q" "1:1," IP "0:,"), 0 },
	{ "unknown", RELAYD_CONTROL, B("Z" "1:1,"), -1 },
	{ "nothing", RELAYD_CONTROL, B(""), -1 },
};

static const struct {
	const char *name;
	enum relayd_port port;
	char request;
	const char *wire;
	size_t len;
	int result;
} answers[] = {
	{ "yes", RELAYD_CHECK, 'C',
	    B("Y" "6:window," "3:ann," "1:1," "2:17," "4:abcd,"), 0 },
	{ "network", RELAYD_CHECK, 'C',
	    B("Y" "7:network," "0:," "1:0," "1:0," "4:abcd,"), 0 },
	{ "unknown kind", RELAYD_CHECK, 'C',
	    B("Y" "6:magic!," "3:ann," "1:1," "2:17," "4:abcd,"), -1 },
	{ "own of 2", RELAYD_CHECK, 'C',
	    B("Y" "6:window," "3:ann," "1:2," "2:17," "4:abcd,"), -1 },
	{ "no", RELAYD_CHECK, 'C', B("N" "2:no,"), 0 },
	{ "void", RELAYD_CHECK, 'C', B("V" "2:no,"), 0 },
	{ "void, of no grant", RELAYD_REDEEM, 'R', B("V" "2:no,"), -1 },
	{ "cannot tell", RELAYD_REDEEM, 'R', B("T" "2:no,"), 0 },
	{ "redeemed", RELAYD_REDEEM, 'R', B("Y" "6:window," IP "3:ann,"), 0 },
	{ "over budget", RELAYD_REDEEM, 'R', B("B" "2:no,"), 0 },
	{ "over budget at check", RELAYD_CHECK, 'C', B("B" "2:no,"), -1 },
	{ "closed", RELAYD_CONTROL, 'X', B("Y" "1:3,"), 0 },
	{ "token", RELAYD_OPEN, 'A', B("Y" "4:abcd,"), 0 },
	{ "opened", RELAYD_OPEN, 'O', B("Y"), 0 },
	{ "junk", RELAYD_OPEN, 'O', B("?"), -1 },
};

static void
test_requests(void)
{
	struct relayd_request rq;
	struct guard g;
	char buf[RELAYD_MSG_MAX];
	size_t i, cut;
	long len;

	for (i = 0; i < sizeof requests / sizeof *requests; i++)
		for (cut = 0; cut <= requests[i].len; cut++) {
			const char *p = guard_copy(&g, requests[i].wire, cut);
			int got = relayd_request_scan(&rq, requests[i].port,
			    p, cut);

			guard_free(&g);
			if (cut < requests[i].len) {
				if (requests[i].result == -1)
					continue; /* must only not crash */
				CHECK(requests[i].name, got == -1);
				continue;
			}
			CHECK(requests[i].name, got == requests[i].result);
			if (got == -1)
				continue;
			len = relayd_request_format(buf, sizeof buf,
			    requests[i].port, &rq);
			CHECK(requests[i].name, len == (long)cut &&
			    !memcmp(buf, requests[i].wire, cut));
		}
}

static void
test_answers(void)
{
	struct relayd_answer an;
	struct guard g;
	char buf[RELAYD_MSG_MAX];
	size_t i, cut;
	long len;

	for (i = 0; i < sizeof answers / sizeof *answers; i++)
		for (cut = 0; cut <= answers[i].len; cut++) {
			const char *p = guard_copy(&g, answers[i].wire, cut);
			int got = relayd_answer_scan(&an, answers[i].port,
			    answers[i].request, p, cut);

			guard_free(&g);
			if (cut < answers[i].len) {
				if (answers[i].result == -1)
					continue;
				CHECK(answers[i].name, got == -1);
				continue;
			}
			CHECK(answers[i].name, got == answers[i].result);
			if (got == -1)
				continue;
			len = relayd_answer_format(buf, sizeof buf,
			    answers[i].port, answers[i].request, &an);
			CHECK(answers[i].name, len == (long)cut &&
			    !memcmp(buf, answers[i].wire, cut));
		}
}

static void
test_sizes(void)
{
	struct relayd_request rq = { .op = 'R', .n = 1 };
	char buf[RELAYD_MSG_MAX];
	long len, size;

	memset(rq.token, 'a', sizeof rq.token - 1);
	len = relayd_request_format(buf, sizeof buf, RELAYD_REDEEM, &rq);
	CHECK("the longest token", len > 0 &&
	    relayd_request_scan(&rq, RELAYD_REDEEM, buf, (size_t)len) == 0);
	for (size = 0; size < len; size++)
		CHECK("a buffer too small",
		    relayd_request_format(buf, (size_t)size, RELAYD_REDEEM,
			&rq) == -1);
}

int
main(void)
{
	test_requests();
	test_answers();
	test_sizes();
	return CHECK_DONE();
}
