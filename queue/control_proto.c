/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include "queue/control.h"

long
control_request_make(char *buf, size_t size, const struct control_request *q)
{
	struct msg_writer w;

	msg_start(&w, buf, size, q->op);
	msg_putn(&w, QUEUE_VERSION);
	if (q->op != 'T') {
		msg_putb(&w, q->ids, q->ids_len);
		msg_puts(&w, q->sender);
		msg_puts(&w, q->domain);
		msg_puts(&w, q->state);
		msg_putn(&w, q->older);
	}
	return msg_end(&w);
}

int
control_request_scan(struct control_request *q, const char *packet, size_t len)
{
	struct msg_reader r;
	uint64_t version = 0;

	memset(q, 0, sizeof *q);
	if (msg_open(&r, packet, len) == -1)
		return -1;
	q->op = r.op;
	msg_getn(&r, &version, 1000);
	if (q->op != 'T') {
		msg_getb(&r, &q->ids, &q->ids_len, CONTROL_IDS_MAX);
		msg_gets(&r, q->sender, sizeof q->sender);
		msg_gets(&r, q->domain, sizeof q->domain);
		msg_gets(&r, q->state, sizeof q->state);
		msg_getn(&r, &q->older, UINT32_MAX);
	}
	if (msg_close(&r) == 0 && version == QUEUE_VERSION &&
	    q->op && strchr("LWRHUDBTK", q->op) &&
	    (!q->ids_len || !q->ids[q->ids_len - 1]))
		return 0;
	errno = EPROTO;
	return -1;
}

void
control_message_put(struct msg_writer *w, const struct control_message *m)
{
	msg_puts(w, m->id);
	msg_puts(w, m->sender);
	msg_puts(w, m->state);
	msg_puts(w, m->origin);
	msg_puts(w, m->ip);
	msg_puts(w, m->account);
	msg_putn(w, m->uid);
	msg_putn(w, m->accepted);
	msg_putn(w, m->next);
	msg_putn(w, m->size);
	msg_putn(w, m->age);
	msg_putn(w, m->attempts);
}

int
control_message_get(struct control_message *m, struct msg_reader *r)
{
	memset(m, 0, sizeof *m);
	msg_gets(r, m->id, sizeof m->id);
	msg_gets(r, m->sender, sizeof m->sender);
	msg_gets(r, m->state, sizeof m->state);
	msg_gets(r, m->origin, sizeof m->origin);
	msg_gets(r, m->ip, sizeof m->ip);
	msg_gets(r, m->account, sizeof m->account);
	msg_getn(r, &m->uid, UINT64_MAX);
	msg_getn(r, &m->accepted, UINT64_MAX);
	msg_getn(r, &m->next, UINT64_MAX);
	msg_getn(r, &m->size, UINT64_MAX);
	msg_getn(r, &m->age, UINT64_MAX);
	return msg_getn(r, &m->attempts, UINT64_MAX);
}

void
control_target_put(struct msg_writer *w, const struct control_target *t)
{
	msg_puts(w, t->address);
	msg_puts(w, t->status);
	msg_puts(w, t->class);
	msg_puts(w, t->reply);
	msg_puts(w, t->host);
	msg_puts(w, t->text);
	msg_putn(w, t->when);
}

int
control_target_get(struct control_target *t, struct msg_reader *r)
{
	memset(t, 0, sizeof *t);
	msg_gets(r, t->address, sizeof t->address);
	msg_gets(r, t->status, sizeof t->status);
	msg_gets(r, t->class, sizeof t->class);
	msg_gets(r, t->reply, sizeof t->reply);
	msg_gets(r, t->host, sizeof t->host);
	msg_gets(r, t->text, sizeof t->text);
	return msg_getn(r, &t->when, UINT64_MAX);
}
