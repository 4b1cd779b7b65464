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
	return s->authed ? s->account.ticket : "";
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

/* Which mailbox the envelope's sender is of, for relayd. */
static bool
resolve_sender(struct session *s)
{
	enum alias_result r;

	s->t.mailbox[0] = 0;
	if (!s->t.sender.len)
		return true;
	r = alias_resolve(
	    &s->alias, &s->aliases, s->t.sender.s, s->t.sender.len, NULL, NULL);
	if (r == ALIAS_MAILBOX && s->alias.target.len <= ADDR_MAILBOX_MAX)
		strcpy(s->t.mailbox, s->alias.target.s);
	return r != ALIAS_TEMP;
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
	return r == 1 ? RELAY_YES : r == 0 ? RELAY_NO : RELAY_UNKNOWN;
}

bool
relay_is_exempt(const struct session *s)
{
	return s->t.verdict.kind == RELAYD_NETWORK ||
	       s->t.verdict.kind == RELAYD_RELAYCLIENT || settings_sender_any();
}

/* By etc/senders. */
static enum relay_answer
allowed(struct session *s, const char *address, size_t len)
{
	if (!s->t.verdict.mailbox[0])
		return RELAY_NO;
	switch (alias_sender_allowed(
	    &s->aliases, address, len, s->t.verdict.mailbox)) {
	case 1:
		return RELAY_YES;
	case 0:
		return RELAY_NO;
	default:
		return RELAY_UNKNOWN;
	}
}

enum relay_answer
relay_owns(struct session *s, const char *address, size_t len)
{
	enum alias_result r;

	r = alias_resolve(&s->alias, &s->aliases, address, len, NULL, NULL);
	if (r == ALIAS_TEMP)
		return RELAY_UNKNOWN;
	if (r == ALIAS_MAILBOX) {
		/* the envelope's sender was asked about already */
		if (s->t.verdict.own &&
		    strcmp(s->alias.target.s, s->t.mailbox) == 0)
			return RELAY_YES;
		switch (ask(s, ask_owns, s->alias.target.s)) {
		case 1:
			return RELAY_YES;
		case -1:
			return RELAY_UNKNOWN;
		}
	}
	return allowed(s, address, len);
}
