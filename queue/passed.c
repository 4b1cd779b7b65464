/* SPDX-License-Identifier: ISC */
#include "queue/passed.h"

#include <string.h>
#include "lib/log.h"
#include "queue/automatic.h"
#include "queue/passing.h"

/* What handed a target on, looked at from it upwards. */
struct way {
	const char *mailbox; /* of the nearest forward that has one, or NULL */
	uint32_t forward;    /* that one */
	bool list; /* its sender is a list's own address */
	bool srs;  /* it is a bounce on its way back */
	bool any;
};

static struct way
way_of(const struct active *a, uint32_t t)
{
	struct way w = { 0 };

	for (t = a->targets[t].parent; t != SPOOL_NO_TARGET && !w.mailbox;
	     t = a->targets[t].parent) {
		switch (a->targets[t].kind) {
		case JOURNAL_LIST:
		case JOURNAL_VERP:
			w.list = true;
			return w;
		case JOURNAL_SRS:
			w.srs = true;
			break;
		case JOURNAL_FORWARD:
			w.any = true;
			if (a->targets[t].mailbox && *a->targets[t].mailbox) {
				w.mailbox = a->targets[t].mailbox;
				w.forward = t;
			}
			break;
		case JOURNAL_REMOTE:
			w.any = true;
		}
	}
	return w;
}

static bool
back_to_mailbox(struct active *a, uint32_t t, const char *mailbox)
{
	struct journal_expand x = { .parent = t, .n = 1,
		.kind = JOURNAL_FALLBACK, .away = "", .head = "", .key = "",
		.mailbox = "" };
	const struct passing *p = a->targets[t].passing;
	stralloc body = { 0 };
	bool ok;

	if (a->targets[t].depth >= TARGET_DEPTH_MAX ||
	    a->ntargets >= QUEUE_RECIPIENTS_MAX)
		return false;
	x.sender = a->targets[t].sender;
	if (p)
		x.head = p->head;
	x.targets = mailbox;
	x.targets_len = strlen(mailbox) + 1;
	journal_put_expand(&body, &x);
	ok = active_record(a, 'X', &body) == 0;
	sa_free(&body);
	if (ok)
		active_mark(a, t, SPOOL_EXPANDED);
	return ok;
}

static void
settled(struct active *a, uint32_t t, char status, const char *why)
{
	log_event(status == SPOOL_HELD ? "held" : "refused", "id", a->m->id,
	    "to", a->targets[t].address, "reason", why);
	active_mark(a, t, status);
}

static bool
is_below(const struct active *a, uint32_t t, uint32_t forward)
{
	while (t != SPOOL_NO_TARGET && t != forward)
		t = a->targets[t].parent;
	return t == forward;
}

/* Has another target of the forward the mail, or may it get it yet?  Then this
 * one fails on its own; the last one to fail decides. */
static bool
others_may_have_it(const struct active *a, uint32_t t, uint32_t forward)
{
	uint32_t i;

	for (i = forward + 1; i < a->ntargets; i++)
		if (i != t && a->targets[i].status != SPOOL_BOUNCED &&
		    a->targets[i].status != SPOOL_EXPANDED &&
		    is_below(a, i, forward))
			return true;
	return false;
}

static bool
is_strangers(const struct active *a, const struct way *w)
{
	return !w->list && w->any && strcmp(a->env.origin, "outside") == 0;
}

/* We would have had it before: a header says so, and a stranger can write that
 * into one to have us bounce to another stranger. */
static bool
is_loop(const struct active *a, uint32_t t, const struct way *w)
{
	const struct answer *x = a->targets[t].answer;

	return !w->list && x && !*x->host && strcmp(x->status, "5.4.6") == 0 &&
	       *a->env.sender && strcmp(a->env.origin, "outside") == 0;
}

/* Passed on from outside, and nowhere to go: never back to the sender. */
static bool
stop_here(struct active *a, uint32_t t, const struct way *w)
{
	if (w->srs) {
		settled(a, t, SPOOL_BOUNCED, "a bounce passed back, refused");
		return true;
	}
	if (is_loop(a, t, w)) {
		settled(a, t, SPOOL_HELD, "a loop of mail from outside");
		return true;
	}
	if (!is_strangers(a, w))
		return false;
	settled(a, t, SPOOL_HELD, "passed on, refused there, and no mailbox "
				  "here");
	return true;
}

static bool
has_mailbox(const struct active *a, uint32_t t, const struct way *w)
{
	return w->mailbox && strcmp(w->mailbox, a->targets[t].address) != 0;
}

bool
passed_on_silent(const struct active *a, uint32_t t)
{
	struct way w = way_of(a, t);

	return strcmp(a->env.origin, AUTOMATIC_ORIGIN) == 0 || w.srs ||
	       has_mailbox(a, t, &w) || is_strangers(a, &w);
}

bool
passed_on_refused(struct active *a, uint32_t t)
{
	struct way w = way_of(a, t);

	if (strcmp(a->env.origin, AUTOMATIC_ORIGIN) == 0) {
		settled(a, t, SPOOL_BOUNCED, "an automatic answer");
		return true;
	}
	if (!has_mailbox(a, t, &w))
		return stop_here(a, t, &w);
	if (active_has(a, w.mailbox))
		settled(a, t, SPOOL_BOUNCED,
		    "passed on, refused there; the mailbox has its copy");
	else if (others_may_have_it(a, t, w.forward))
		settled(a, t, SPOOL_BOUNCED,
		    "passed on, refused there; other targets go on");
	else if (!back_to_mailbox(a, t, w.mailbox))
		return stop_here(a, t, &w);
	return true;
}
