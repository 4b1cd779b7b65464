/* SPDX-License-Identifier: ISC */
/* run/queue/smtp, inject and control, both ways.
 *
 * Covers: queue/queue_proto.c queue/control_proto.c */
#include "queue/queue_proto.h"
#include "queue/control.h"
#include "tests/fuzz/fuzz.h"

static char buf[CONTROL_MSG_MAX];

static void
request(const char *p, size_t len)
{
	struct queue_request q;
	const char *why = NULL;
	size_t at = 0;
	long n;

	if (queue_request_scan(&q, p, len, &why) == -1) {
		FUZZ_HOLDS(why);
		return;
	}
	if (q.op == 'C') {
		n = queue_commit_make(buf, sizeof buf, q.size);
	} else {
		struct queue_envelope env = { q.sender, q.recipients,
			q.recipients_len, q.origin, q.ip, q.helo, q.account,
			q.body, q.grant };

		while (queue_list_next(q.recipients, q.recipients_len, &at))
			FUZZ_HOLDS(at <= q.recipients_len);
		n = queue_request_make(buf, sizeof buf, q.op, &env, 1);
	}
	FUZZ_HOLDS(n == (long)len && !memcmp(buf, p, len));
}

static void
control(const char *p, size_t len)
{
	struct control_request q;
	struct control_message m;
	struct control_target t;
	struct msg_reader r;
	long n;

	if (control_request_scan(&q, p, len) == 0) {
		FUZZ_HOLDS(q.op && strchr("LWRHUDBTK", q.op));
		n = control_request_make(buf, sizeof buf, &q);
		FUZZ_HOLDS(n == (long)len && !memcmp(buf, p, len));
	}
	if (msg_open(&r, p, len) == -1)
		return;
	control_message_get(&m, &r);
	if (msg_open(&r, p, len) == 0)
		while (msg_more(&r) && control_target_get(&t, &r) == 0)
			FUZZ_HOLDS(strlen(t.text) < sizeof t.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_copy(data, size);
	struct queue_answer a;
	long n;

	if (size <= sizeof buf) {
		request(p, size);
		control(p, size);
		if (queue_answer_scan(&a, p, size) == 0) {
			n = queue_answer_make(buf, sizeof buf, &a);
			FUZZ_HOLDS(n == (long)size && !memcmp(buf, p, size));
		}
	}
	free(p);
	return 0;
}
