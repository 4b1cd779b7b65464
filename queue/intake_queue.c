/* SPDX-License-Identifier: ISC */
/* A message that passed its checks: delivered at once, or into the spool. */
#include <errno.h>
#include <stdio.h>
#include "lib/log.h"
#include "queue/accept.h"
#include "queue/control_stats.h"
#include "queue/intake_check.h"
#include "queue/local.h"
#include "queue/loop.h"
#include "queue/remote.h"
#include "queue/round.h"
#include "queue/work.h"

static struct intake *cutting;
static unsigned ncutting;
static uint32_t cut_targets;

static void
stop_cutting(struct intake *in)
{
	if (!in->at)
		return;
	*in->at = in->next;
	if (in->next)
		in->next->at = in->at;
	in->at = NULL;
	ncutting--;
	cut_targets -= in->nrcpt;
}

static void
log_accepted(const struct active *a, const struct intake *in)
{
	count_up(COUNT_ACCEPTED);
	log_event("accepted", "id", a->m->id, "from", a->env.sender, "to",
	    log_num(a->head.recipients), "size", log_num(a->head.size),
	    "origin", a->env.origin, "ip", *a->env.ip ? a->env.ip : NULL,
	    "account", *a->env.account ? a->env.account : NULL, "uid",
	    in->inject ? log_num(in->uid) : NULL);
}

static void
accepted(struct active *a)
{
	struct intake *in = a->intake;

	stop_cutting(in);
	log_accepted(a, in);
	a->intake = NULL;
	snprintf(in->answer.id, sizeof in->answer.id, "%s", a->m->id);
	intake_finish(in);
}

/* What deliver-local has staged is undone, then the message is forgotten. */
static void
abandon(struct active *a)
{
	uint32_t t;

	a->intake = NULL;
	a->abandoned = true;
	key_cancel(a);
	target_list_init(&a->staging_now);
	for (t = 0; t < a->ntargets; t++)
		if (a->targets[t].phase == PHASE_STAGE) {
			a->targets[t].phase = PHASE_RENAME;
			local_push(a, t);
		}
	round_touch(a);
}

static void
committed(struct active *a, int error)
{
	struct intake *in = a->intake;

	if (error) {
		errno = error;
		log_warnsys("unable to commit a message to the spool");
		intake_refuse(in, error == ENOSPC || error == EDQUOT
			? QUEUE_FULL : QUEUE_TEMP, "the spool takes nothing");
		abandon(a);
		intake_finish(in);
		return;
	}
	in->named = false; /* the batch removed that name */
	accepted(a);
	if (a->spool_it) { /* it was in cut-through: what was begun goes on */
		round_written(a);
	} else if (work_has_room()) {
		round_start(a);
	} else {
		struct message *m = a->m;

		work_rest(a);
		message_due(m, loop_now());
	}
}

void
intake_commit(struct active *a)
{
	stop_cutting(a->intake);
	accept_commit(a, false, committed);
}

void
intake_delivered(struct active *a)
{
	struct message *m = a->m;

	accepted(a);
	count_up(COUNT_CUT);
	count_up(COUNT_DONE);
	log_event("done", "id", m->id);
	accept_drop(a);
}

void
intake_tick(void)
{
	struct intake *in;

	for (in = cutting; in; in = in->next) {
		struct message *m = message_find(in->id);

		if (loop_now() - in->started <
			(in->foreign ? CUT_REMOTE_MS : CUT_MS) ||
		    !m || !m->active)
			continue;
		m->active->spool_it = true;
		round_touch(m->active);
	}
}

unsigned
intake_cutting(void)
{
	return ncutting;
}

/* All go to hosts that take mail at once: the caller hardly waits for them. */
static bool
is_quick(const struct intake *in)
{
	const char *s;
	size_t at = 0;

	if (in->foreign != in->nrcpt || in->nrcpt > CUT_REMOTE_MAX)
		return false;
	while ((s = queue_list_next(
		    in->recipients.s, in->recipients.len, &at)))
		if (!remote_quick(s))
			return false;
	return true;
}

static bool
may_cut(const struct intake *in)
{
	return !in->in_place && ncutting < CUT_MAX && work_has_room() &&
	    cut_targets + in->nrcpt <= CUT_TARGETS_MAX &&
	    (in->foreign ? is_quick(in)
			 : in->nrcpt <= CUT_RECIPIENTS_MAX && local_ready());
}

void
intake_into_queue(struct intake *in)
{
	struct spool_head h;
	struct spool_envelope env;
	struct active *a;

	intake_envelope(&h, &env, in);
	a = accept_new(&h, &env, in->body, in->in_place, in->named);
	in->body = -1;
	if (!a) {
		intake_refuse(in, QUEUE_TEMP, "an id that is taken");
		intake_finish(in);
		return;
	}
	a->intake = in;
	if (!may_cut(in)) {
		accept_commit(a, false, committed);
		return;
	}
	in->started = loop_now();
	in->next = cutting;
	if (cutting)
		cutting->at = &in->next;
	in->at = &cutting;
	cutting = in;
	ncutting++;
	cut_targets += in->nrcpt;
	round_start(a);
}
