/* SPDX-License-Identifier: ISC */
#include "smtpd/sink.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/log.h"

static void
hang_up(struct session *s)
{
	if (s->queued != -1)
		close(s->queued);
	s->queued = -1;
}

/* The connection of the last message is good while queued holds its end. */
static int
connect_queued(struct session *s)
{
	char byte;

	if (s->queued != -1 &&
	    (recv(s->queued, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != -1 ||
		errno != EAGAIN))
		hang_up(s);
	if (s->queued == -1)
		s->queued = queue_connect(QUEUE_SMTP_PATH);
	return s->queued == -1 ? -1 : 0;
}

static void
set_envelope(struct sink *k, const struct session *s)
{
	const struct transaction *t = &s->t;
	bool known = s->authed || t->granted;

	k->env.sender = t->sender.s;
	k->env.recipients = t->rcpts.s;
	k->env.recipients_len = t->rcpts.len;
	k->env.origin = known ? "submitted" : "outside";
	k->env.ip = s->ip_text;
	k->env.helo = s->helo.s;
	k->env.account = s->authed ? s->account.mailbox
			 : known   ? t->verdict.mailbox
				   : "";
	k->env.body = t->params.body8 ? "8" : "7";
	k->env.grant = t->nforeign ? t->verdict.grant : "";
}

int
sink_open(struct sink *k, struct session *s)
{
	set_envelope(k, s);
	k->message = NULL;
	if (s->filter) {
		k->open = filter_open(&k->filter, s->filter,
			      k->env.grant) == 0;
	} else if (connect_queued(s) == 0) {
		k->message = queue_open(s->queued, &k->env);
		k->open = k->message != NULL;
		/* better refused now than after all those bytes */
		k->refused = k->open && s->t.params.size > QUEUE_SMALL_MAX &&
			     queue_large(k->message) == -1;
	} else {
		k->open = false;
	}
	if (!k->open)
		log_warnsys("unable to reach ",
		    s->filter ? s->filter : QUEUE_SMTP_PATH);
	return k->open ? 0 : -1;
}

int
sink_write(struct sink *k, const char *data, size_t len)
{
	if (k->message)
		return queue_write(k->message, data, len);
	return filter_write(&k->filter, data, len);
}

void
sink_commit(struct sink *k, struct session *s, struct queue_answer *answer)
{
	k->open = false;
	if (!k->message) {
		filter_commit(&k->filter, &k->env, answer);
		return;
	}
	queue_commit(k->message, answer);
	if (answer->result == QUEUE_TEMP)
		hang_up(s);
}

void
sink_abort(struct sink *k, struct session *s)
{
	if (!k->open)
		return;
	k->open = false;
	if (k->message)
		queue_abort(k->message, &s->queued);
	else
		filter_abort(&k->filter);
}
