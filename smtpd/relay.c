/* SPDX-License-Identifier: ISC */
#include "smtpd/relay.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "smtpd/settings.h"

static const char *
token(const struct session *s)
{
	return s->authed ? s->account.token : "";
}

static int
ask_check(struct session *s, const char *mailbox)
{
	return relayd_check(&s->t.verdict, s->relayd, &s->ip,
	    s->relayclient != NULL, token(s), mailbox);
}

static int
ask_owns(struct session *s, const char *mailbox)
{
	return relayd_owns(s->relayd, &s->ip, token(s), mailbox);
}

static void
hang_up(struct session *s)
{
	if (s->relayd != -1)
		close(s->relayd);
	s->relayd = -1;
}

/* relayd may have been restarted since the connection was made: one fresh try.
 * 1, 0, -1. */
static int
ask(struct session *s, int (*question)(struct session *, const char *),
    const char *mailbox)
{
	int tries, r;

	for (tries = 0; tries < 2; tries++) {
		bool kept = s->relayd != -1;

		if (!kept)
			s->relayd = relayd_connect(RELAYD_CHECK_PATH);
		r = s->relayd == -1 ? -1 : question(s, mailbox);
		if (r != -1)
			return r;
		if (errno == EAGAIN) /* it says itself that it cannot tell */
			return -1;
		hang_up(s);
		if (!kept || errno == ETIMEDOUT)
			break;
	}
	log_warnsys("relayd does not answer");
	return -1;
}

/* Whatever relayd still knows: a disabled mailbox sends nothing. */
static int
is_enabled(struct session *s, const char *mailbox)
{
	struct mailbox_info info;
	int r = mailbox_lookup(&info, &s->mailboxes, mailbox);

	return r == 1 ? !info.disabled : r;
}

static int
ask_whose(struct session *s, const char *mailbox)
{
	int r = is_enabled(s, mailbox);

	return r == 1 ? ask(s, ask_owns, mailbox) : r;
}

/* A mailbox that etc/senders lets use the address: is it the client's? */
static int
ask_listed(void *arg, const char *mailbox)
{
	struct session *s = arg;
	int r = ask_whose(s, mailbox);

	if (r == 1 && !s->t.mailbox[0] && strlen(mailbox) <= ADDR_MAILBOX_MAX)
		strcpy(s->t.mailbox, mailbox);
	return r;
}

/* Which mailbox the envelope's sender is of, for relayd. */
static bool
resolve_sender(struct session *s)
{
	const stralloc *sender = &s->t.sender;
	enum alias_result r;

	if (!sender->len || s->t.mailbox[0])
		return true;
	r = alias_resolve(
	    &s->alias, &s->aliases, sender->s, sender->len, NULL, NULL);
	if (r == ALIAS_MAILBOX && s->alias.target.len <= ADDR_MAILBOX_MAX)
		strcpy(s->t.mailbox, s->alias.target.s);
	else if (r != ALIAS_TEMP)
		return alias_senders(&s->aliases, sender->s, sender->len,
			   ask_listed, s) != -1;
	return r != ALIAS_TEMP;
}

static enum relay_answer
as_answer(int r)
{
	return r == 1 ? RELAY_YES : r == 0 ? RELAY_NO : RELAY_UNKNOWN;
}

enum relay_answer
relay_ask(struct session *s)
{
	int r;

	if (s->t.granted)
		return RELAY_YES;
	if (!resolve_sender(s))
		return RELAY_UNKNOWN;
	r = ask(s, ask_check, s->t.mailbox);
	s->t.granted = r == 1;
	return as_answer(r);
}

bool
relay_is_exempt(const struct session *s)
{
	return s->t.verdict.kind == RELAYD_NETWORK ||
	       s->t.verdict.kind == RELAYD_RELAYCLIENT || settings_sender_any();
}

/* 1, 0, -1. */
static int
owns(struct session *s, const char *address, size_t len)
{
	enum alias_result r;
	int mine;

	r = alias_resolve(&s->alias, &s->aliases, address, len, NULL, NULL);
	if (r == ALIAS_TEMP)
		return -1;
	if (r == ALIAS_MAILBOX) {
		/* the envelope's sender was asked about already */
		if (s->t.verdict.own &&
		    strcmp(s->alias.target.s, s->t.mailbox) == 0)
			mine = is_enabled(s, s->t.mailbox);
		else
			mine = ask_whose(s, s->alias.target.s);
		if (mine != 0)
			return mine;
	}
	return alias_senders(&s->aliases, address, len, ask_listed, s);
}

enum relay_answer
relay_owns(struct session *s, const char *address, size_t len)
{
	int r = owns(s, address, len);

	if (r != 0)
		return as_answer(r);
	/* that by which it may relay has ended since, or it was never its own */
	r = ask_whose(s, s->t.verdict.mailbox);
	return r == 1 ? RELAY_NO : r == 0 ? RELAY_ENDED : RELAY_UNKNOWN;
}
