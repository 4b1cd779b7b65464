/* SPDX-License-Identifier: ISC */
#include "queue/passed.h"

#include <string.h>
#include "lib/log.h"

/* The step that handed it on: the nearest forward or alias elsewhere. */
static uint32_t
step_of(const struct active *a, uint32_t t)
{
	for (t = a->targets[t].parent; t != SPOOL_NO_TARGET;
	     t = a->targets[t].parent)
		if (a->targets[t].kind == JOURNAL_FORWARD ||
		    a->targets[t].kind == JOURNAL_REMOTE)
			return t;
	return SPOOL_NO_TARGET;
}

static bool
back_to_mailbox(struct active *a, uint32_t t, const char *mailbox)
{
	struct journal_expand x = { .parent = t, .n = 1,
		.kind = JOURNAL_FALLBACK, .mailbox = "" };
	stralloc body = { 0 };
	bool ok;

	if (a->targets[t].depth >= TARGET_DEPTH_MAX ||
	    a->ntargets >= QUEUE_RECIPIENTS_MAX)
		return false;
	x.sender = a->targets[t].sender;
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

bool
passed_on_refused(struct active *a, uint32_t t)
{
	uint32_t step = step_of(a, t);
	const char *mailbox;

	if (step == SPOOL_NO_TARGET || strcmp(a->env.origin, "outside") != 0 ||
	    strcmp(a->targets[t].sender, a->env.sender) != 0)
		return false;
	mailbox = a->targets[step].mailbox;
	if (!mailbox || !*mailbox) {
		settled(a, t, SPOOL_HELD, "passed on, refused there, and no "
					  "mailbox here");
	} else if (active_has(a, mailbox)) {
		settled(a, t, SPOOL_BOUNCED,
		    "passed on, refused there; the mailbox has its copy");
	} else if (!back_to_mailbox(a, t, mailbox)) {
		settled(a, t, SPOOL_HELD, "passed on, refused there");
	}
	return true;
}
