/* SPDX-License-Identifier: ISC */
#include "smtpd/rcpt.h"

#include <stdarg.h>
#include "deliver/deliver.h"
#include "lib/log.h"
#include "smtpd/relay.h"
#include "smtpd/settings.h"

#define refuse(r, ...) refuse_(r, __VA_ARGS__, (char *)0)

static void
refuse_(struct rcpt *r, ...)
{
	const char *part;
	va_list ap;

	sa_clear(&r->refusal);
	va_start(ap, r);
	while ((part = va_arg(ap, const char *)))
		sa_cats(&r->refusal, part);
	va_end(ap);
	sa_0(&r->refusal);
}

static void
cannot_tell(struct rcpt *r, const char *why)
{
	log_warn("cannot decide on a recipient: ", why);
	refuse(r, "451 4.3.0 cannot tell now whether this address is here");
}

/* Does all its mail go elsewhere?  Then it matters not how full it is. */
static bool
passes_on(struct session *s, const char *mailbox)
{
	struct alias_forward f;

	return alias_forward(&f, &s->aliases, mailbox) == 1 && !f.keep;
}

/* The mailbox that the address leads to: is it there, has it room? */
static void
check_mailbox(struct rcpt *r, struct session *s, const char *asked)
{
	const char *mailbox = s->alias.target.s;
	struct mailbox_info info;

	switch (mailbox_lookup(&info, &s->mailboxes, mailbox)) {
	case 0:
		refuse(r, "550 5.1.1 <", asked, ">: no such mailbox here");
		return;
	case -1:
		cannot_tell(r, MAILBOXES_CDB " cannot be read");
		return;
	}
	if ((!info.quota && !info.messages) || passes_on(s, mailbox))
		return;
	switch (deliver_usage(mailbox, s->t.params.size)) {
	case 0:
		refuse(r, settings_full_refuses() ? "552 5.2.2 <" :
		    "452 4.2.2 <", asked, ">: the mailbox is full");
		return;
	case 2:
		refuse(r, "552 5.2.2 <", asked,
		    ">: the message is larger than the whole mailbox");
		return;
	case -1:
		cannot_tell(r, "deliver-local does not say how full it is");
		return;
	}
}

/* What deliver-local alone knows: members, and what we passed on. */
static void
check_there(struct rcpt *r, struct session *s, const stralloc *asked)
{
	char why[DELIVER_TEXT_MAX + 1];

	addr_envelope(&r->address, asked->s, asked->len);
	sa_0(&r->address);
	switch (deliver_may(
	    r->address.s, s->t.sender.len ? s->t.sender.s : "", why)) {
	case 0:
		refuse(r, "550 ", why);
		return;
	case -1:
		cannot_tell(r, "deliver-local does not say who may write");
		return;
	}
}

static void
deny(struct rcpt *r, const struct session *s)
{
	if (s->authed)
		refuse(r, "421 4.7.0 ", s->me.s, RELAY_LOG_IN_AGAIN);
	else
		refuse(r, "550 5.7.1 Relaying denied: check your mail (POP3) "
			  "from this address first, or use SMTP AUTH");
}

/* The sender rule, for mail that leaves. */
static void
check_sender(struct rcpt *r, struct session *s)
{
	const struct transaction *t = &s->t;

	if (relay_is_exempt(s))
		return;
	if (!t->sender.len) {
		/* a read receipt; its From is checked at the end of DATA */
		if (t->nrcpts)
			refuse(r, "550 5.7.1 the null sender may have one "
				  "recipient");
		return;
	}
	switch (relay_owns(s, t->sender.s, t->sender.len)) {
	case RELAY_YES:
		return;
	case RELAY_ENDED:
		deny(r, s);
		return;
	case RELAY_NO:
		refuse(r, "553 5.7.1 <", t->sender.s,
		    ">: not an address of your mailbox");
		return;
	case RELAY_UNKNOWN:
		refuse(r, "451 4.3.0 cannot tell now whose address the sender "
			  "is");
		return;
	}
}

static void
check_relay(struct rcpt *r, struct session *s)
{
	enum relay_answer may = relay_ask(s);

	if (may == RELAY_UNKNOWN)
		refuse(r, "451 4.3.0 cannot tell now whether you may relay");
	else if (may != RELAY_YES)
		deny(r, s);
	else if (s->t.verdict.left <= s->t.nforeign)
		refuse(r, "451 4.7.1 too many recipients in this hour: try "
			  "again later");
	else
		check_sender(r, s);
	r->foreign = !r->refusal.len;
}

/* The form that the queue takes; a plain postmaster becomes an address, or
 * where our name is no local domain the mailbox. */
static void
set_address(struct rcpt *r, struct session *s, const stralloc *asked)
{
	addr_envelope(&r->address, asked->s, asked->len);
	if (addr_at(asked->s, asked->len) == asked->len) {
		if (alias_is_local(&s->aliases, s->me.s, s->me.len) == 1) {
			sa_append(&r->address, '@');
			sa_cat(&r->address, &s->me);
		} else {
			sa_copy(&r->address, &s->alias.target);
		}
	}
	sa_0(&r->address);
}

void
rcpt_decide(struct rcpt *r, struct session *s, const stralloc *asked)
{
	switch (alias_resolve(
	    &s->alias, &s->aliases, asked->s, asked->len, NULL, NULL)) {
	case ALIAS_MAILBOX:
		check_mailbox(r, s, asked->s);
		break;
	case ALIAS_REMOTE:
		break;
	case ALIAS_LIST:
	case ALIAS_SRS:
		check_there(r, s, asked);
		break;
	case ALIAS_UNKNOWN:
		refuse(r, "550 5.1.1 <", asked->s, ">: no such mailbox here");
		break;
	case ALIAS_REFUSED:
		refuse(r, "550 5.7.1 ", s->alias.text.s);
		break;
	case ALIAS_FOREIGN:
		check_relay(r, s);
		break;
	case ALIAS_TEMP:
		cannot_tell(r, s->alias.text.s);
		break;
	}
	if (!r->refusal.len)
		set_address(r, s, asked);
	/* whoever relays with the null sender has one recipient in all */
	if (!r->refusal.len && !s->t.sender.len && s->t.nforeign &&
	    !relay_is_exempt(s))
		refuse(r, "550 5.7.1 the null sender may have one recipient");
}

void
rcpt_free(struct rcpt *r)
{
	sa_free(&r->address);
	sa_free(&r->refusal);
}
