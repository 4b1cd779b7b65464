/* SPDX-License-Identifier: ISC */
#include "queue/settle.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "queue/accept.h"
#include "queue/bounce.h"
#include "queue/control_stats.h"
#include "queue/count.h"
#include "queue/intake.h"
#include "queue/loop.h"
#include "queue/round.h"
#include "queue/unnamed.h"
#include "queue/work.h"
#include "queue/wrote.h"

static void
finished(struct job *j)
{
	struct active *a = wrote(j, "remove");

	if (!a)
		return;
	count_up(COUNT_DONE);
	log_event("done", "id", a->m->id);
	accept_drop(a);
}

/* What is not written yet need not be: the file goes. */
static void
finish(struct active *a)
{
	sa_clear(&a->writes);
	sa_clear(&a->op.writes);
	strcpy(a->op.id, a->m->id);
	a->op.sync = a->op.commit = false;
	a->op.unlink = true;
	a->op.job.done = finished;
	a->writing = true;
	spool_op_submit(&a->op);
}

/* Until its next time nothing of it stays in memory but the schedule. */
static void
rest(struct active *a)
{
	struct message *m = a->m;
	bool only_held = !active_any(a, "psf");

	work_ended(a);
	active_free(a);
	m->active = NULL;
	if (m->held || only_held) {
		m->held = true;
		message_rest(m);
		return;
	}
	message_due(m, m->next);
}

static bool
all_staged(const struct active *a)
{
	uint32_t t;

	for (t = 0; t < a->ntargets; t++)
		if (a->targets[t].phase != PHASE_STAGE)
			return false;
	return true;
}

/* Delivery before the 250: all staged, all linked, done; or all taken by the next
 * host.  Anything else, and it goes to the spool; but once links are asked for,
 * not before it is known which of them were made. */
static void
settle_cut(struct active *a)
{
	if (a->abandoned) {
		if (!a->busy)
			accept_drop(a);
	} else if (a->renaming) {
		if (!a->busy && active_any(a, "p"))
			intake_commit(a);
		else if (!a->busy)
			intake_delivered(a);
	} else if (a->spool_it) {
		unnamed_forget(a);
		intake_commit(a);
	} else if (all_staged(a)) {
		unnamed_link(a);
	} else if (!a->busy && !active_any(a, "p")) {
		intake_delivered(a);
	}
}

/* Not what a given up target falls back on: that is to be delivered. */
static void
obey(struct active *a)
{
	uint32_t t, n = a->ntargets;

	if (a->m->wish == 'b')
		for (t = 0; t < n; t++)
			if (strchr("ph", a->targets[t].status))
				count_give_up(a, t, "5.0.0",
				    "returned by the postmaster");
	a->m->wish = 0;
}

/* The bounces are known durable, and that they were made: they may start. */
static void
release_bounces(struct active *a)
{
	const char *id = a->bounce_ids.s, *end = id + a->bounce_ids.len;
	struct message *b;

	for (; id < end; id += strlen(id) + 1) {
		b = message_find(id);
		if (b && !b->active && !b->held)
			message_due(b, loop_now());
	}
	sa_clear(&a->bounce_ids);
}

void
settle(struct active *a)
{
	if (a->writing || a->bouncing)
		return;
	if (!a->spooled) {
		settle_cut(a);
		return;
	}
	if (a->busy || a->begun < a->ntargets) {
		active_flush(a);
		return;
	}
	if (a->m->wish == 'd') {
		log_event("dropped", "id", a->m->id);
		finish(a);
		return;
	}
	if (a->m->wish)
		obey(a);
	if (a->begun < a->ntargets) {
		active_flush(a);
		return;
	}
	if (!a->counted)
		count_round(a);
	if (a->bounce_ids.len && active_flush(a))
		return;
	a->m->due = active_any(a, "f"); /* else its bounces wait for it */
	release_bounces(a);
	if (!active_any(a, "psfh")) {
		finish(a);
		return;
	}
	if (active_flush(a))
		return;
	if (!a->no_bounce && (a->m->due || count_notice_due(a)))
		bounce_start(a);
	else
		rest(a);
}
