/* SPDX-License-Identifier: ISC */
#include "queue/queue_proto.h"

#include <errno.h>
#include <string.h>
#include "lib/msg.h"

static const struct {
	char op;
	enum queue_result result;
} answers[] = {
	{ 'Y', QUEUE_ACCEPTED },
	{ 'T', QUEUE_TEMP },
	{ 'F', QUEUE_FULL },
	{ 'B', QUEUE_BUDGET },
	{ 'R', QUEUE_RELAY_DENIED },
	{ 'N', QUEUE_MALFORMED },
};
#define NANSWERS (sizeof answers / sizeof answers[0])

static int
broken(const char **why, const char *what)
{
	*why = what;
	errno = EPROTO;
	return -1;
}

static int
scan_envelope(struct queue_request *q, struct msg_reader *r, const char **why)
{
	msg_gets(r, q->sender, sizeof q->sender);
	msg_getb(r, &q->recipients, &q->recipients_len, QUEUE_INLINE_MAX);
	msg_gets(r, q->origin, sizeof q->origin);
	msg_gets(r, q->ip, sizeof q->ip);
	msg_gets(r, q->helo, sizeof q->helo);
	msg_gets(r, q->account, sizeof q->account);
	msg_gets(r, q->body, sizeof q->body);
	msg_gets(r, q->grant, sizeof q->grant);
	if (msg_close(r) == -1)
		return broken(why, "an envelope that breaks the protocol");
	if (q->recipients_len && q->recipients[q->recipients_len - 1])
		return broken(why, "recipients without an end");
	return 0;
}

int
queue_request_scan(struct queue_request *q, const char *packet, size_t len,
    const char **why)
{
	struct msg_reader r;
	uint64_t version;

	memset(q, 0, sizeof *q);
	if (msg_open(&r, packet, len) == -1)
		return broken(why, "an empty packet");
	q->op = r.op;
	if (msg_getn(&r, &version, 1000) == -1 || version != QUEUE_VERSION)
		return broken(why, "another version of the protocol");
	switch (r.op) {
	case 'M':
	case 'F':
		return scan_envelope(q, &r, why);
	case 'C':
		msg_getn(&r, &q->size, UINT64_MAX / 2);
		if (msg_close(&r) == -1)
			return broken(why, "a commit that breaks the protocol");
		return 0;
	}
	return broken(why, "an unknown operation");
}

long
queue_request_make(char *buf, size_t size, char op,
    const struct queue_envelope *env, int inline_recipients)
{
	struct msg_writer w;

	msg_start(&w, buf, size, op);
	msg_putn(&w, QUEUE_VERSION);
	msg_puts(&w, env->sender);
	msg_putb(&w, env->recipients,
	    inline_recipients ? env->recipients_len : 0);
	msg_puts(&w, env->origin);
	msg_puts(&w, env->ip);
	msg_puts(&w, env->helo);
	msg_puts(&w, env->account);
	msg_puts(&w, env->body);
	msg_puts(&w, env->grant);
	return msg_end(&w);
}

long
queue_commit_make(char *buf, size_t size, uint64_t message_size)
{
	struct msg_writer w;

	msg_start(&w, buf, size, 'C');
	msg_putn(&w, QUEUE_VERSION);
	msg_putn(&w, message_size);
	return msg_end(&w);
}

long
queue_answer_make(char *buf, size_t size, const struct queue_answer *a)
{
	struct msg_writer w;
	char op = 'T';
	size_t i;

	for (i = 0; i < NANSWERS; i++)
		if (answers[i].result == a->result)
			op = answers[i].op;
	msg_start(&w, buf, size, op);
	msg_puts(&w, a->result == QUEUE_ACCEPTED ? a->id : a->reason);
	return msg_end(&w);
}

int
queue_answer_scan(struct queue_answer *a, const char *packet, size_t len)
{
	struct msg_reader r;
	const char *why;
	size_t i;

	memset(a, 0, sizeof *a);
	if (msg_open(&r, packet, len) == -1)
		return -1;
	for (i = 0; i < NANSWERS && answers[i].op != r.op; i++)
		;
	if (i == NANSWERS)
		return broken(&why, "");
	a->result = answers[i].result;
	if (a->result == QUEUE_ACCEPTED)
		msg_gets(&r, a->id, sizeof a->id);
	else
		msg_gets(&r, a->reason, sizeof a->reason);
	return msg_close(&r);
}

const char *
queue_list_next(const char *list, size_t len, size_t *at)
{
	const char *s = list + *at, *end;

	if (*at >= len)
		return NULL;
	end = memchr(s, 0, len - *at);
	if (!end)
		return NULL;
	*at += (size_t)(end - s) + 1;
	return s;
}
