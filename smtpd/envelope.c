/* SPDX-License-Identifier: ISC */
#include "smtpd/envelope.h"

#include <string.h>
#include <strings.h>
#include "smtpd/rcpt.h"
#include "smtpd/relay.h"
#include "smtpd/reply.h"
#include "smtpd/settings.h"

/* The parameters of MAIL; false: refused. */
static bool
take_params(struct session *s, const char *rest)
{
	switch (command_params(&s->t.params, rest)) {
	case PARAMS_UNKNOWN:
		reply(s, "555 5.5.4 a parameter that is not known here");
		return false;
	case PARAMS_BAD:
		reply(s, "501 5.5.4 a parameter is wrong");
		return false;
	case PARAMS_GOOD:
		break;
	}
	if (s->t.params.size > s->databytes) {
		reply_refused(s, NULL, "552 5.3.4 the message is too big");
		return false;
	}
	return true;
}

/* RFC 6409 section 4.3: nothing from strangers on this port.  A login is good
 * for as long as relayd says so; its answer serves the recipients, too. */
static bool
is_known(struct session *s)
{
	enum relay_answer may = RELAY_YES;

	if (s->authed || session_is_submission(s))
		may = relay_ask(s);
	if (may == RELAY_UNKNOWN)
		reply_refused(s, NULL,
		    "451 4.3.0 cannot tell now whether you may send here");
	else if (may != RELAY_YES && s->authed)
		reply_refused(s, NULL, "421 4.7.0 ", s->me.s, RELAY_LOG_IN_AGAIN);
	else if (may != RELAY_YES)
		reply_refused(s, NULL, "530 5.7.0 Authentication required");
	return may == RELAY_YES;
}

static void
set_sender(struct session *s, const stralloc *addr)
{
	addr_envelope(&s->t.sender, addr->s, addr->len);
	if (addr->len && addr_at(addr->s, addr->len) == addr->len) {
		sa_append(&s->t.sender, '@'); /* a plain postmaster */
		sa_cat(&s->t.sender, &s->me);
	}
	sa_0(&s->t.sender);
}

void
envelope_mail(struct session *s, const char *arg)
{
	stralloc addr = { 0 };
	const char *rest, *why;

	if (s->greeted == COMMAND_UNKNOWN) {
		reply(s, "503 5.5.1 say HELO or EHLO first");
	} else if (s->t.open) {
		reply(s, "503 5.5.1 one sender is given already");
	} else if (!command_path(&addr, arg, "FROM:", &rest, &why)) {
		reply(s, "501 5.1.7 ", why);
	} else {
		set_sender(s, &addr);
		s->t.open = take_params(s, rest) && is_known(s);
		if (s->t.open)
			reply(s, "250 2.1.0 ok");
		else
			session_reset(s);
	}
	sa_free(&addr);
}

/* What is in the list already gets no second copy.  What the case of a local
 * part means elsewhere is not ours to say: there it is another address. */
static bool
is_listed(const struct transaction *t, const struct rcpt *r)
{
	const char *p = t->rcpts.s, *end = p + t->rcpts.len;

	for (; p < end; p += strlen(p) + 1)
		if ((r->foreign ? strcmp : strcasecmp)(p, r->address.s) == 0)
			return true;
	return false;
}

/* addr: as the client wrote it, NUL behind it. */
static void
decide(struct session *s, const stralloc *addr)
{
	struct rcpt r = { 0 };

	rcpt_decide(&r, s, addr);
	if (r.refusal.len) {
		reply_refused(s, addr->s, r.refusal.s);
	} else {
		if (!is_listed(&s->t, &r)) {
			sa_catb(&s->t.rcpts, r.address.s, r.address.len + 1);
			s->t.nrcpts++;
			s->t.nforeign += r.foreign;
		}
		s->t.taken++;
		s->client.deadline = s->deadline;
		reply(s, "250 2.1.5 ok");
	}
	rcpt_free(&r);
}

void
envelope_rcpt(struct session *s, const char *arg)
{
	stralloc addr = { 0 };
	const char *rest, *why = "no address";

	if (!s->t.open)
		reply(s, "503 5.5.1 MAIL first");
	else if (!command_path(&addr, arg, "TO:", &rest, &why))
		reply(s, "501 5.1.3 ", why);
	else if (!*addr.s)
		reply(s, "501 5.1.3 no address: <> sends and never receives");
	else if (*rest)
		reply(s, "555 5.5.4 a parameter that is not known here");
	else if (s->t.taken >= SESSION_RCPTS_MAX)
		/* costs nothing: neither counted nor logged */
		reply(s, "452 4.5.3 too many recipients: send the message "
			 "again for the others");
	else
		decide(s, &addr);
	sa_free(&addr);
}
