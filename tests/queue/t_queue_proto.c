/* SPDX-License-Identifier: ISC */
#include "queue/queue_proto.h"

#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) (s), sizeof(s) - 1
#define REST "7:outside," "9:192.0.2.1," "2:hi," "0:," "1:7," "0:,"

static const struct {
	const char *name;
	const char *wire;
	size_t len;
	int rc;
	const char *sender;
	int recipients;
} rows[] = {
	{ "one recipient", B("M" "1:1," "3:a@b," "4:c@d\0," REST), 0, "a@b", 1 },
	{ "null sender", B("M" "1:1," "0:," "4:c@d\0," REST), 0, "", 1 },
	{ "two", B("F" "1:1," "0:," "8:c@d\0e@f\0," REST), 0, "", 2 },
	{ "none: in a descriptor", B("M" "1:1," "0:," "0:," REST), 0, "", 0 },
	{ "commit", B("C" "1:1," "4:4711,"), 0, "", 0 },
	{ "recipient not ended", B("M" "1:1," "0:," "3:c@d," REST), -1, "", 0 },
	{ "other version", B("M" "1:2," "0:," "4:c@d\0," REST), -1, "", 0 },
	{ "NUL in the sender", B("M" "1:1," "3:a\0b," "4:c@d\0," REST), -1, "", 0 },
	{ "one field more", B("M" "1:1," "0:," "4:c@d\0," REST "0:,"), -1, "", 0 },
	{ "negative size", B("C" "1:1," "2:-1,"), -1, "", 0 },
	{ "unknown", B("Q" "1:1,"), -1, "", 0 },
	{ "empty", B(""), -1, "", 0 },
};

static void
whole(void)
{
	struct queue_request q;
	const char *why;
	size_t i, at;
	int rc, n;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		rc = queue_request_scan(&q, rows[i].wire, rows[i].len, &why);
		CHECK(rows[i].name, rc == rows[i].rc);
		if (rc == -1)
			continue;
		CHECK(rows[i].name, strcmp(q.sender, rows[i].sender) == 0);
		for (n = 0, at = 0;
		     queue_list_next(q.recipients, q.recipients_len, &at);)
			n++;
		CHECK(rows[i].name, n == rows[i].recipients);
	}
}

static void
cut(void)
{
	struct queue_request q;
	struct guard g;
	const char *why;
	size_t i, len;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (len = 0; len < rows[i].len; len++) {
			char *p = guard_copy(&g, rows[i].wire, len);

			int rc = queue_request_scan(&q, p, len, &why);

			CHECK(rows[i].name, rc == -1 || rows[i].rc == -1);
			guard_free(&g);
		}
}

static void
answers(void)
{
	static const enum queue_result all[] = { QUEUE_ACCEPTED, QUEUE_TEMP,
		QUEUE_FULL, QUEUE_BUDGET, QUEUE_RELAY_DENIED, QUEUE_MALFORMED };
	struct queue_answer a, b;
	char wire[600];
	size_t i;
	long len, n;

	for (i = 0; i < sizeof all / sizeof all[0]; i++) {
		memset(&a, 0, sizeof a);
		a.result = all[i];
		strcpy(a.result ? a.reason : a.id, "words 123");
		len = queue_answer_make(wire, sizeof wire, &a);
		CHECK("made", len > 0);
		CHECK("read", queue_answer_scan(&b, wire, (size_t)len) == 0);
		CHECK("same", memcmp(&a, &b, sizeof a) == 0);
		for (n = 0; n < len; n++)
			CHECK("cut", queue_answer_scan(&b, wire, (size_t)n) == -1);
	}
	CHECK("unknown answer", queue_answer_scan(&b, B("Q1:x,")) == -1);
	CHECK("long id", queue_answer_scan(&b,
	    B("Y32:12345678901234567890123456789012,")) == -1);
}

static void
requests(void)
{
	struct queue_envelope env = { "a@b", "c@d\0e@f\0", 8, "submitted",
		"192.0.2.1", "helo", "widget01", "8", "grant" };
	struct queue_request q;
	const char *why;
	char wire[600];
	long len = queue_request_make(wire, sizeof wire, 'M', &env, 1);

	CHECK("made", len > 0);
	CHECK("read", queue_request_scan(&q, wire, (size_t)len, &why) == 0);
	CHECK("sender", strcmp(q.sender, "a@b") == 0);
	CHECK("account", strcmp(q.account, "widget01") == 0);
	CHECK("grant", strcmp(q.grant, "grant") == 0);
	CHECK("list", q.recipients_len == 8 &&
		memcmp(q.recipients, "c@d\0e@f", 8) == 0);
	len = queue_request_make(wire, sizeof wire, 'F', &env, 0);
	CHECK("read", queue_request_scan(&q, wire, (size_t)len, &why) == 0);
	CHECK("list elsewhere", q.op == 'F' && q.recipients_len == 0);
	len = queue_commit_make(wire, sizeof wire, 1234567890123);
	CHECK("read", queue_request_scan(&q, wire, (size_t)len, &why) == 0);
	CHECK("size", q.op == 'C' && q.size == 1234567890123);
	CHECK("too small", queue_request_make(wire, 20, 'M', &env, 1) == -1);
}

int
main(void)
{
	whole();
	cut();
	answers();
	requests();
	return CHECK_DONE();
}
