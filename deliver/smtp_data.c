/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include "deliver/deliver.h"
#include "deliver/smtp_dot.h"
#include "deliver/smtp_sending.h"
#include "deliver/smtp_source.h"

volatile sig_atomic_t smtp_in_doubt;

/* The server hung up in the middle, or answers there: perhaps it says why it
 * does not want the message.  It has not got it, whatever else it says. */
static int
broken_in_data(struct sending *t, int e)
{
	struct smtp_outcome o;
	struct smtp_reply r;

	if (e != ETIMEDOUT && smtp_io_reply(&t->s->io, &r, 1) == 0 &&
	    smtp_reply_class(&r) >= 4) {
		smtp_outcome_reply(&o, &r);
		sending_settle_all(t, &o, true);
	}
	errno = e;
	return smtp_session_broken(t->s, "the message");
}

struct stuffing {
	struct smtp_io *io;
	struct smtp_dot dot;
};

static int
put_stuffed(void *arg, const char *p, size_t len)
{
	struct stuffing *st = arg;
	char out[2 * SMTP_READ_SIZE];
	_Static_assert(DELIVER_HEAD_MAX <= SMTP_READ_SIZE, "out is that big");

	len = smtp_dot_feed(&st->dot, out, p, len);
	return smtp_io_put(st->io, out, len, SMTP_BLOCK_SECONDS);
}

static int
put_message(struct sending *t)
{
	struct stuffing st = { &t->s->io, { SMTP_DOT_START } };
	char end[SMTP_DOT_END_MAX];
	const char *why;
	size_t len;

	if (smtp_source(t->mail, t->plan, put_stuffed, &st, &why) == -1) {
		if (!why)
			return broken_in_data(t, errno);
		/* never the final dot behind half a message */
		smtp_io_close(&t->s->io);
		smtp_outcome_set(&t->s->failure, 'L', "4.3.0", 0,
		    "the message cannot be read: ", why);
		return -1;
	}
	/* an answer ahead of the final dot would be taken for the verdict */
	if (!smtp_io_is_quiet(&t->s->io))
		return broken_in_data(t, EPROTO);
	len = smtp_dot_end(&st.dot, end);
	if (smtp_io_put(&t->s->io, end, len, SMTP_BLOCK_SECONDS) == -1 ||
	    smtp_io_flush(&t->s->io, SMTP_BLOCK_SECONDS) == -1)
		return broken_in_data(t, errno);
	return 0;
}

/* The dot is out and no answer came: it may have been taken.  Nobody else is
 * asked now; later it is sent again (at least once). */
static int
lost_after_dot(struct sending *t)
{
	unsigned i;

	for (i = 0; i < t->n; i++)
		if (t->rcpts[i].fate == SMTP_UNKNOWN && t->rcpts[i].accepted) {
			t->rcpts[i].outcome = t->s->failure;
			t->rcpts[i].fate = SMTP_FINAL;
			t->settled(t->arg, &t->rcpts[i]);
		}
	return -1;
}

static int
got_verdict(struct sending *t)
{
	struct smtp_outcome o;
	struct smtp_reply r;
	unsigned i;

	for (i = 0; i < (t->s->peer.lmtp ? t->n : 1); i++) {
		if (t->s->peer.lmtp && !t->rcpts[i].accepted)
			continue;
		if (sending_reply(t, &r, SMTP_DOT_SECONDS, "the final dot") ==
		    -1)
			return lost_after_dot(t);
		smtp_outcome_reply(&o, &r);
		if (t->s->peer.lmtp) {
			t->rcpts[i].outcome = o;
			sending_settle(t, &t->rcpts[i]);
		} else {
			sending_settle_all(t, &o, true);
		}
		if (sending_go_on(t) == -1)
			return -1;
	}
	t->s->dirty = false;
	return 0;
}

static int
deliver(struct sending *t)
{
	int rc;

	if (put_message(t) == -1)
		return -1;
	smtp_in_doubt = 1;
	rc = got_verdict(t);
	smtp_in_doubt = 0;
	return rc;
}

/* 354 although no recipient was accepted: an empty message ends it. */
static int
end_empty(struct sending *t)
{
	struct smtp_reply r;

	if (smtp_io_puts(&t->s->io, ".\r\n") == -1 ||
	    smtp_io_flush(&t->s->io, SMTP_COMMAND_SECONDS) == -1)
		return smtp_session_broken(t->s, "DATA");
	if (sending_reply(t, &r, SMTP_DOT_SECONDS, "DATA") == -1)
		return -1;
	return sending_go_on(t);
}

int
sending_data(struct sending *t)
{
	struct smtp_outcome o;
	struct smtp_reply r;

	if (t->naccepted == 0 && !t->s->pipelining)
		return 0;
	if (sending_reply(t, &r, SMTP_DATA_SECONDS, "DATA") == -1)
		return -1;
	if (t->naccepted == 0)
		return r.code == 354 ? end_empty(t) : sending_go_on(t);
	if (r.code == 354)
		return deliver(t);
	if (smtp_reply_class(&r) < 4) {
		errno = EPROTO;
		return smtp_session_broken(t->s, "DATA");
	}
	smtp_outcome_reply(&o, &r);
	sending_settle_all(t, &o, true);
	return sending_go_on(t);
}
