/* SPDX-License-Identifier: ISC */
#include "deliver/smtp_sending.h"
#include <stdio.h>
#include <string.h>
#include "deliver/smtp_source.h"
#include "lib/log.h"

void
sending_settle(struct sending *t, struct smtp_recipient *r)
{
	r->fate = r->outcome.class_ == 'K' || r->outcome.class_ == 'N'
		      ? SMTP_FINAL
		      : SMTP_SOFT;
	if (r->fate == SMTP_FINAL)
		t->settled(t->arg, r);
}

void
sending_settle_all(
    struct sending *t, const struct smtp_outcome *o, bool accepted)
{
	unsigned i;

	for (i = 0; i < t->n; i++) {
		if (t->rcpts[i].fate != SMTP_UNKNOWN ||
		    (accepted && !t->rcpts[i].accepted))
			continue;
		t->rcpts[i].outcome = *o;
		sending_settle(t, &t->rcpts[i]);
	}
}

int
sending_reply(
    struct sending *t, struct smtp_reply *r, unsigned seconds, const char *what)
{
	if (smtp_io_reply(&t->s->io, r, seconds) == -1)
		return smtp_session_broken(t->s, what);
	if (r->code == 421) {
		smtp_outcome_reply(&t->s->failure, r);
		smtp_io_close(&t->s->io);
	}
	return 0;
}

int
sending_go_on(const struct sending *t)
{
	return smtp_session_is_open(t->s) ? 0 : -1;
}

static int
put_mail(struct sending *t)
{
	struct smtp_session *s = t->s;

	return smtp_io_puts(&s->io, "MAIL FROM:<", t->mail->sender, ">",
	    s->has_size ? " SIZE=" : "",
	    s->has_size ? log_num(t->size) : "",
	    s->eightbit && t->mail->eightbit ? " BODY=8BITMIME" : "", "\r\n");
}

static int
put_rcpt(struct sending *t, unsigned i)
{
	return smtp_io_puts(&t->s->io, "RCPT TO:<", t->rcpts[i].addr, ">\r\n");
}

static int
got_mail(struct sending *t)
{
	struct smtp_outcome o;
	struct smtp_reply r;

	if (sending_reply(t, &r, SMTP_COMMAND_SECONDS, "MAIL") == -1)
		return -1;
	t->mail_ok = smtp_reply_class(&r) == 2;
	t->s->dirty = t->mail_ok;
	if (t->mail_ok)
		return 0;
	smtp_outcome_reply(&o, &r);
	/* any other code may be about this sender */
	o.slow = r.code == 421 ? SMTP_SLOW_SECONDS : 0;
	/* "log in first": our configuration's fault, not the message's */
	if (r.code == 530 || r.code == 538) {
		o.class_ = 'T';
		o.status[0] = '4';
		log_event("auth-wanted", "host", t->s->host, "reason", o.text);
	}
	sending_settle_all(t, &o, false);
	return sending_go_on(t);
}

/* "Too many recipients" is about this transaction only (RFC 5321 section
 * 4.5.3.1.10). */
static bool
is_too_many(const struct sending *t, const struct smtp_reply *r)
{
	return t->naccepted && (r->code == 452 || r->code == 552) &&
	       (!r->status[0] || strcmp(r->status + 1, ".5.3") == 0);
}

static int
got_rcpt(struct sending *t, unsigned i)
{
	struct smtp_recipient *rcpt = &t->rcpts[i];
	struct smtp_reply r;

	if (sending_reply(t, &r, SMTP_COMMAND_SECONDS, "RCPT") == -1)
		return -1;
	if (!t->mail_ok)
		return 0;
	if (smtp_reply_class(&r) == 2) {
		rcpt->accepted = true;
		t->naccepted++;
	} else if (is_too_many(t, &r)) {
		rcpt->fate = SMTP_AGAIN;
	} else {
		smtp_outcome_reply(&rcpt->outcome, &r);
		sending_settle(t, rcpt);
	}
	return sending_go_on(t);
}

static int
send_pipelined(struct sending *t)
{
	unsigned i;

	if (put_mail(t) == -1)
		return smtp_session_broken(t->s, "MAIL");
	for (i = 0; i < t->n; i++)
		if (put_rcpt(t, i) == -1)
			return smtp_session_broken(t->s, "RCPT");
	if (smtp_io_puts(&t->s->io, "DATA\r\n") == -1 ||
	    smtp_io_flush(&t->s->io, SMTP_COMMAND_SECONDS) == -1)
		return smtp_session_broken(t->s, "MAIL");
	if (got_mail(t) == -1)
		return -1;
	for (i = 0; i < t->n; i++)
		if (got_rcpt(t, i) == -1)
			return -1;
	return 0;
}

static int
send_stepwise(struct sending *t)
{
	unsigned i;

	if (put_mail(t) == -1 ||
	    smtp_io_flush(&t->s->io, SMTP_COMMAND_SECONDS) == -1)
		return smtp_session_broken(t->s, "MAIL");
	if (got_mail(t) == -1)
		return -1;
	for (i = 0; t->mail_ok && i < t->n; i++) {
		if (put_rcpt(t, i) == -1 ||
		    smtp_io_flush(&t->s->io, SMTP_COMMAND_SECONDS) == -1)
			return smtp_session_broken(t->s, "RCPT");
		if (got_rcpt(t, i) == -1)
			return -1;
	}
	if (t->naccepted == 0)
		return 0;
	if (smtp_io_puts(&t->s->io, "DATA\r\n") == -1 ||
	    smtp_io_flush(&t->s->io, SMTP_COMMAND_SECONDS) == -1)
		return smtp_session_broken(t->s, "DATA");
	return 0;
}

static int
reset(struct sending *t)
{
	struct smtp_reply r;

	if (!t->s->dirty)
		return 0;
	if (smtp_command(t->s, &r, "RSET", "RSET") == -1)
		return -1;
	t->s->dirty = false;
	return 0;
}

/* All that can be told before a word is said.  false: it is, for everybody. */
static bool
may_begin(struct sending *t)
{
	const struct smtp_session *s = t->s;
	struct smtp_outcome o;
	const char *why;
	int rc = 1;

	t->size = t->mail->size + t->mail->head_len;
	if (t->mail->eightbit && !s->eightbit)
		rc = smtp_source_plan(t->mail, &t->plan, &t->size, &why);
	if (rc == -1)
		smtp_outcome_set(&o, 'L', "4.3.0", 0,
		    "the message cannot be read: ", why);
	else if (rc == 0)
		smtp_outcome_set(&o, 'N', "5.6.3", 0,
		    "the server takes no 8-bit mail (8BITMIME), and this "
		    "message cannot be converted: ",
		    why);
	else if (s->size_max && t->size > s->size_max)
		smtp_outcome_set(&o, 'N', "5.3.4", 0,
		    "the server takes messages of at most ",
		    log_num(s->size_max), " bytes");
	else
		return true;
	sending_settle_all(t, &o, false);
	return false;
}

int
smtp_send(struct smtp_session *s, const struct smtp_mail *mail,
    struct smtp_recipient *rcpts, unsigned n,
    void (*settled)(void *arg, struct smtp_recipient *r), void *arg)
{
	struct sending t = { .s = s,
		.mail = mail,
		.rcpts = rcpts,
		.n = n,
		.settled = settled,
		.arg = arg };
	unsigned i;

	for (i = 0; i < n; i++) {
		rcpts[i].accepted = false;
		rcpts[i].fate = SMTP_UNKNOWN;
	}
	if (!may_begin(&t))
		return 0;
	if (reset(&t) == -1)
		return -1;
	if ((s->pipelining ? send_pipelined(&t) : send_stepwise(&t)) == -1)
		return -1;
	return sending_data(&t);
}
