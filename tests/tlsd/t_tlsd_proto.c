/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"
#include "tlsd/tlsd_proto.h"

#define B(s) s, sizeof(s) - 1

static const struct {
	const char *name, *wire;
	size_t len;
	int result;
} requests[] = {
	{ "inward",
	    B("I"
	      "1:1,"
	      "4:smtp,"
	      "9:192.0.2.1,"),
	    0 },
	{ "outward",
	    B("O"
	      "1:1,"
	      "9:mx.far.ex,"
	      "3:may,"
	      "9:192.0.2.1,"),
	    0 },
	{ "no host",
	    B("O"
	      "1:1,"
	      "0:,"
	      "8:verified,"
	      "3:::1,"),
	    0 },
	{ "no such policy",
	    B("O"
	      "1:1,"
	      "0:,"
	      "4:none,"
	      "3:::1,"),
	    -1 },
	{ "other version",
	    B("I"
	      "1:2,"
	      "4:smtp,"
	      "3:::1,"),
	    -1 },
	{ "no address",
	    B("I"
	      "1:1,"
	      "4:smtp,"
	      "0:,"),
	    -1 },
	{ "other operation",
	    B("P"
	      "1:1,"
	      "4:smtp,"
	      "3:::1,"),
	    -1 },
	{ "service too long",
	    B("I"
	      "1:1,"
	      "16:aaaaaaaaaaaaaaaa,"
	      "3:::1,"),
	    -1 },
	{ "a field too many",
	    B("I"
	      "1:1,"
	      "4:smtp,"
	      "3:::1,"
	      "0:,"),
	    -1 },
};

static const struct {
	const char *name, *wire;
	size_t len;
	char asked;
	int result;
} answers[] = {
	{ "inward",
	    B("P"
	      "7:TLSv1.3,"
	      "3:AES,"
	      "0:,"),
	    'I', 'P' },
	{ "outward",
	    B("P"
	      "7:TLSv1.3,"
	      "3:AES,"
	      "1:1,"),
	    'O', 'P' },
	{ "verified neither 0 nor 1",
	    B("P"
	      "7:TLSv1.3,"
	      "3:AES,"
	      "1:2,"),
	    'O', -1 },
	{ "failed",
	    B("N"
	      "3:why,"),
	    'O', 'N' },
	{ "cannot",
	    B("T"
	      "3:why,"),
	    'I', 'T' },
	{ "unknown",
	    B("X"
	      "3:why,"),
	    'I', -1 },
};

static int
scan_request(const char *wire, size_t len)
{
	struct tlsd_request req;

	return tlsd_request_scan(&req, wire, len);
}

static void
test_requests(void)
{
	struct guard g;
	size_t i, cut;

	for (i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		for (cut = 0; cut <= requests[i].len; cut++) {
			const char *p = guard_copy(&g, requests[i].wire, cut);
			int want =
			    cut == requests[i].len ? requests[i].result : -1;

			if (cut < requests[i].len && requests[i].result == -1) {
				scan_request(p, cut); /* must only not crash */
			} else {
				CHECK(requests[i].name,
				    scan_request(p, cut) == want);
			}
			guard_free(&g);
		}
	}
}

static void
test_answers(void)
{
	struct tlsd_session s;
	struct guard g;
	size_t i, cut;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		for (cut = 0; cut <= answers[i].len; cut++) {
			const char *p = guard_copy(&g, answers[i].wire, cut);
			int want =
			    cut == answers[i].len ? answers[i].result : -1;

			CHECK(answers[i].name,
			    tlsd_answer_scan(&s, answers[i].asked, p, cut) ==
				want);
			guard_free(&g);
		}
	}
}

static void
test_round_trip(void)
{
	struct tlsd_request a = { .op = 'O',
		.host = "mx.far.example",
		.policy = TLSD_VERIFIED },
			    b;
	struct tlsd_session s = { .protocol = "TLSv1.3",
		.cipher = "C",
		.verified = true },
			    t;
	char buf[TLSD_MSG_MAX];
	long n;

	ip_parse(&a.ip, "2001:db8::1");
	n = tlsd_request_put(buf, sizeof(buf), &a);
	CHECK("request", n > 0 && tlsd_request_scan(&b, buf, (size_t)n) == 0);
	CHECK("host", strcmp(a.host, b.host) == 0 && b.policy == a.policy);
	CHECK("ip", ip_equal(&a.ip, &b.ip));
	n = tlsd_answer_put(buf, sizeof(buf), 'P', 'O', &s);
	CHECK("answer",
	    n > 0 && tlsd_answer_scan(&t, 'O', buf, (size_t)n) == 'P');
	CHECK("verified", t.verified && strcmp(t.cipher, "C") == 0);
}

int
main(void)
{
	test_requests();
	test_answers();
	test_round_trip();
	return CHECK_DONE();
}
