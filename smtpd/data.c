/* SPDX-License-Identifier: ISC */
#include "smtpd/data.h"

#include <string.h>
#include "lib/log.h"
#include "smtpd/from.h"
#include "smtpd/headers.h"
#include "smtpd/received.h"
#include "smtpd/relay.h"
#include "smtpd/reply.h"
#include "smtpd/sink.h"
#include "smtpd/unstuff.h"

#define HEAD_PIECE 1024 /* bytes of text looked at for the end of the header */

/* A message on its way in. */
struct incoming {
	struct unstuff unstuff;
	struct headers headers;
	stralloc head;       /* the header, until it ends */
	bool in_body;        /* the header is done with */
	uint64_t size;       /* RFC 1870: a line end is two bytes */
	const char *refusal; /* the reply to give at its end, or NULL */
	struct sink sink;
};

/* The first reason stays; what follows is read and forgotten. */
static void
refuse(struct incoming *in, struct session *s, const char *refusal)
{
	if (!in->refusal)
		in->refusal = refusal;
	sink_abort(&in->sink, s);
	sa_clear(&in->head);
}

/* A relaying client's own name must stand in From (DESIGN section 4). */
static const char *
check_from(struct incoming *in, struct session *s)
{
	const struct headers *h = &in->headers;
	stralloc addr = { 0 };
	const char *why, *refusal = NULL;

	if (h->from != 1)
		return "550 5.7.1 the message must have exactly one From field";
	if (!from_parse(&addr, in->head.s + h->from_pos, h->from_len, &why))
		refusal = "550 5.7.1 the From field must hold exactly one "
			  "address";
	else
		switch (relay_owns(s, addr.s, addr.len)) {
		case RELAY_YES:
			break;
		case RELAY_NO:
			refusal = "550 5.7.1 the address in From is not one of "
				  "your mailbox";
			break;
		case RELAY_ENDED:
			refusal = RELAY_SEND_AGAIN;
			break;
		case RELAY_UNKNOWN:
			refusal = "451 4.3.0 cannot tell now whose address is "
				  "in From";
			break;
		}
	sa_free(&addr);
	return refusal;
}

static bool
is_submitted(const struct session *s)
{
	return s->authed || s->t.granted;
}

/* The header is whole: judges it, and sends it on with what we add. */
static void
finish_header(struct incoming *in, struct session *s)
{
	const struct headers *h = &in->headers;
	const char *refusal = NULL;
	stralloc add = { 0 };

	in->in_body = true;
	if (h->received > QUEUE_HOPS_MAX)
		refusal = "554 5.4.6 too many hops: this message is in a loop";
	else if (s->t.nforeign && !relay_is_exempt(s))
		refusal = check_from(in, s);
	if (refusal) {
		refuse(in, s, refusal);
		return;
	}
	received_make(&add, s, is_submitted(s));
	sink_write(&in->sink, add.s, add.len);
	sink_write(&in->sink, in->head.s, h->pos);
	sa_clear(&add);
	if (is_submitted(s)) {
		if (!h->date)
			received_date(&add);
		if (!h->message_id)
			received_message_id(&add, s);
		/* a header that ended in a line of text: make that plain */
		if (!h->blank && h->pos < in->head.len)
			sa_append(&add, '\n');
	}
	sa_catb(&add, in->head.s + h->pos, in->head.len - h->pos);
	sink_write(&in->sink, add.s, add.len);
	sa_free(&add);
	sa_clear(&in->head);
}

/* Text of the message, LF line ends.  The header is gathered piece by piece, for
 * what is behind it need not be copied. */
static void
take_text(struct incoming *in, struct session *s, const char *text, size_t len)
{
	size_t n;
	int ended;

	for (; len && !in->in_body && !in->refusal; text += n, len -= n) {
		n = len < HEAD_PIECE ? len : HEAD_PIECE;
		sa_catb(&in->head, text, n);
		ended = headers_scan(&in->headers, in->head.s, in->head.len);
		if ((ended ? in->headers.pos : in->head.len) > HEADERS_MAX)
			refuse(in, s, "552 5.3.4 the header is too big");
		else if (ended)
			finish_header(in, s);
	}
	if (len && !in->refusal)
		sink_write(&in->sink, text, len);
}

/* What is in the client's buffer.  1: the end was read. */
static int
take_buffer(struct incoming *in, struct session *s)
{
	struct client *c = &s->client;
	char *text = c->in_buf + c->pos;
	size_t used, len;
	int ended;

	ended = unstuff_feed(&in->unstuff, text, c->len - c->pos, &used, &len);
	c->pos += used;
	in->size += len + in->unstuff.ends;
	if (in->unstuff.bad)
		refuse(in, s,
		    "550 5.6.11 a bare CR, a bare LF or a NUL is in "
		    "the message");
	else if (in->size > s->databytes)
		refuse(in, s, "552 5.3.4 the message is too big");
	if (!in->refusal)
		take_text(in, s, text, len);
	return ended;
}

/* Reads to the real end.  0, or -1: the client is gone. */
static int
read_message(struct incoming *in, struct session *s)
{
	int r;

	while (client_is_drained(&s->client) || !take_buffer(in, s)) {
		r = client_fill(&s->client, CLIENT_DATA_SECONDS);
		if (r != 1) {
			sink_abort(&in->sink, s);
			session_lost(s, r);
			return -1;
		}
	}
	if (!in->in_body && !in->refusal)
		finish_header(in, s);
	return 0;
}

static void
log_mail(const struct incoming *in, const struct session *s, const char *id)
{
	const struct transaction *t = &s->t;

	/* a filter does not say what the queue called it */
	log_event("mail", "id", *id ? id : NULL, "ip", s->ip_text, "from", t->sender.s, "to",
	    t->nrcpts == 1 ? t->rcpts.s : log_num(t->nrcpts), "account",
	    *in->sink.env.account ? in->sink.env.account : NULL, "size",
	    log_num(in->size));
}

/* Says what the queue said, which may bring its own enhanced code. */
static void
answer(struct incoming *in, struct session *s)
{
	static const struct {
		const char *code, *status;
	} replies[] = {
		[QUEUE_TEMP] = { "451 ", "4.3.0 cannot take the message now: " },
		[QUEUE_FULL] = { "452 ", "4.3.1 " },
		[QUEUE_BUDGET] = { "451 ", "4.7.1 " },
		[QUEUE_RELAY_DENIED] = { "550 ", "5.7.1 " },
		[QUEUE_MALFORMED] = { "554 ", "5.6.0 " },
	};
	struct queue_answer a;
	bool coded;

	sink_commit(&in->sink, s, &a);
	if (a.result == QUEUE_ACCEPTED) {
		log_mail(in, s, a.id);
		reply(s, "250 2.0.0 ok", *a.id ? " " : "", a.id);
		s->commands = 0;
		return;
	}
	coded = a.reason[0] == replies[a.result].code[0] && a.reason[1] == '.';
	reply_refused(s, log_num(s->t.nrcpts), replies[a.result].code,
	    coded ? "" : replies[a.result].status, a.reason);
}

static void
receive(struct incoming *in, struct session *s)
{
	reply(s, "354 end with CR LF . CR LF");
	if (read_message(in, s) == -1)
		return;
	if (!in->refusal)
		answer(in, s);
	else
		reply_refused(s, log_num(s->t.nrcpts), in->refusal);
	/* who ends lines so may see other ends than we do */
	s->closing |= in->unstuff.bad;
}

void
data_command(struct session *s, const char *arg)
{
	struct incoming in = { 0 };

	(void)arg;
	if (!s->t.nrcpts) {
		reply(s, s->t.open ? "554 5.5.1 no recipient was taken"
				   : "503 5.5.1 MAIL and RCPT first");
		return;
	}
	if (!s->filter && !queue_has_room(s->t.params.size))
		reply_refused(s, log_num(s->t.nrcpts),
		    "452 4.3.1 the disk is full: try again later");
	else if (sink_open(&in.sink, s) == -1)
		reply_refused(s, log_num(s->t.nrcpts),
		    "451 4.3.0 the queue does not answer: try again later");
	else if (in.sink.refused)
		answer(&in, s);
	else
		receive(&in, s);
	sa_free(&in.head);
	session_reset(s);
}
