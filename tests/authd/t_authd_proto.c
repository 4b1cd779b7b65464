/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "authd/authd_proto.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1
#define IP "9:192.0.2.1,"

static const struct {
	const char *name;
	const char *wire;
	size_t len;
	int result;
} requests[] = {
	{ "whole", B("V" "1:1," "3:ann," "6:secret," IP), 0 },
	{ "smtp", B("V" "1:1," "3:ann," "6:secret," "3:::1,"), 0 },
	{ "empty ones", B("V" "1:1," "0:," "0:," IP), 0 },
	{ "no address", B("V" "1:1," "3:ann," "6:secret," "0:,"),
	    -1 },
	{ "a NUL in the password",
	    B("V" "1:1," "3:ann," "6:sec\0et," IP), -1 },
	{ "other version", B("V" "1:2," "3:ann," "1:x," IP), -1 },
	{ "a field too many",
	    B("V" "1:1," "3:ann," "1:x," IP "0:,"), -1 },
	{ "another operation", B("R" "1:1," "3:ann," "6:secret," IP), -1 },
	{ "field longer than it can be", B("V" "1:1," "9999:p"), -1 },
};

static const struct {
	const char *name, *wire;
	size_t len;
	int result; /* -1, or enum authd_result */
} answers[] = {
	{ "yes", B("Y" "3:ann," "4:abcd,"), AUTHD_YES },
	{ "yes without a token", B("Y" "3:ann," "0:,"), AUTHD_YES },
	{ "yes for a path", B("Y" "4:../a," "4:abcd,"), -1 },
	{ "no", B("N"), AUTHD_NO },
	{ "no, with more", B("N" "0:,"), -1 },
	{ "disabled", B("D" "3:why,"), AUTHD_DISABLED },
	{ "later", B("T" "3:why,"), AUTHD_TRY_LATER },
	{ "junk", B("?"), -1 },
	{ "nothing", B(""), -1 },
};

static const struct {
	const char *name, *wire;
	size_t len;
	int result;
} logins[] = {
	{ "whole", B("L" "4:1234," "3:ann," IP "3:ann,"), 0 },
	{ "no address", B("L" "4:1234," "3:ann," "0:," "3:ann,"), -1 },
	{ "a path", B("L" "4:1234," "4:../a," IP "3:ann,"), -1 },
	{ "no time", B("L" "0:," "3:ann," IP "3:ann,"), -1 },
	{ "an answer of authd", B("Y" "4:1234," "3:ann," IP "3:ann,"), -1 },
	{ "more", B("L" "4:1234," "3:ann," IP "3:ann," "0:,"), -1 },
	{ "junk", B("\0"), -1 },
};

static void
test_requests(void)
{
	struct authd_request rq;
	struct guard g;
	size_t i, cut;
	int got;

	for (i = 0; i < sizeof requests / sizeof *requests; i++)
		for (cut = 0; cut <= requests[i].len; cut++) {
			const char *p = guard_copy(&g, requests[i].wire, cut);

			got = authd_request_scan(&rq, p, cut);
			guard_free(&g);
			if (cut == requests[i].len)
				CHECK(requests[i].name,
				    got == requests[i].result);
			else if (requests[i].result == 0)
				CHECK(requests[i].name, got == -1);
		}
}

static void
test_answers(void)
{
	struct authd_account acct;
	enum authd_result result;
	struct guard g;
	char buf[AUTHD_MSG_MAX];
	size_t i, cut;
	int got;

	for (i = 0; i < sizeof answers / sizeof *answers; i++)
		for (cut = 0; cut <= answers[i].len; cut++) {
			const char *p = guard_copy(&g, answers[i].wire, cut);

			got = authd_account_scan(&result, &acct, p, cut);
			guard_free(&g);
			if (cut < answers[i].len && answers[i].result != -1) {
				CHECK(answers[i].name, got == -1 &&
				    result == AUTHD_TRY_LATER);
				continue;
			}
			if (cut < answers[i].len)
				continue;
			CHECK(answers[i].name, got == -1 ?
			    answers[i].result == -1 :
			    (int)result == answers[i].result);
			if (got == 0)
				CHECK(answers[i].name, authd_account_format(
				    buf, sizeof buf, result, &acct) ==
				    (long)cut &&
				    !memcmp(buf, answers[i].wire, cut));
		}
}

static void
test_logins(void)
{
	struct authd_login login;
	char buf[AUTHD_MSG_MAX];
	uint64_t until;
	struct guard g;
	size_t i, cut;
	int got;

	for (i = 0; i < sizeof logins / sizeof *logins; i++)
		for (cut = 0; cut <= logins[i].len; cut++) {
			const char *p = guard_copy(&g, logins[i].wire, cut);

			got = authd_login_scan(&login, &until, p, cut);
			guard_free(&g);
			if (cut == logins[i].len)
				CHECK(logins[i].name, got == logins[i].result);
			else if (logins[i].result == 0)
				CHECK(logins[i].name, got == -1);
			if (got == 0 && logins[i].result == 0)
				CHECK(logins[i].name, until == 1234 &&
				    authd_login_format(buf, sizeof buf,
					&login, until) == (long)cut &&
				    !memcmp(buf, logins[i].wire, cut));
		}
}

static void
test_formats(void)
{
	char user[AUTHD_USER_MAX + 2], password[AUTHD_PASSWORD_MAX + 2];
	char buf[AUTHD_MSG_MAX];
	struct authd_request rq;
	struct ip ip;
	long len;

	ip_parse(&ip, "2001:db8::1");
	memset(user, 'u', sizeof user);
	memset(password, 'p', sizeof password);
	user[AUTHD_USER_MAX] = password[AUTHD_PASSWORD_MAX] = 0;
	len = authd_verify_format(buf, sizeof buf, 'P', user, password, &ip);
	CHECK("the longest", len > 0 && authd_request_scan(&rq, buf,
	    (size_t)len) == 0 && rq.hand_on && !strcmp(rq.password, password) &&
	    !strcmp(rq.user, user) && ip_equal(&rq.ip, &ip));
	user[AUTHD_USER_MAX] = 'u';
	user[AUTHD_USER_MAX + 1] = 0;
	CHECK("user too long", authd_verify_format(buf, sizeof buf, 'V', user,
	    "x", &ip) == -1);
	password[AUTHD_PASSWORD_MAX] = 'p';
	password[AUTHD_PASSWORD_MAX + 1] = 0;
	CHECK("password too long", authd_verify_format(buf, sizeof buf, 'V', "u",
	    password, &ip) == -1);
}

int
main(void)
{
	test_requests();
	test_answers();
	test_logins();
	test_formats();
	return CHECK_DONE();
}
