/* SPDX-License-Identifier: ISC */
#include "queue/round.h"

#include <string.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "queue/control_stats.h"
#include "queue/domains.h"
#include "queue/local.h"
#include "queue/loop.h"
#include "queue/passed.h"
#include "queue/remote.h"
#include "queue/settle.h"

struct schedule round_schedule;
static struct active *touched, *write_again;

void
round_touch(struct active *a)
{
	if (a->touched)
		return;
	a->touched = true;
	a->touched_next = touched;
	touched = a;
}

void
round_run(void)
{
	struct active *a;

	while ((a = touched)) {
		touched = a->touched_next;
		a->touched = false;
		settle(a);
	}
}

bool
round_pending(void)
{
	return touched;
}

void
round_forget(struct active *a)
{
	struct active **list = &touched;

	if (!a->touched)
		return;
	while (*list && *list != a)
		list = &(*list)->touched_next;
	if (*list)
		*list = a->touched_next;
	a->touched = false;
}

void
round_write_again(struct active *a)
{
	round_forget(a); /* a list of others goes on behind it */
	a->touched_next = write_again;
	a->touched = true; /* writing: nothing else looks at it */
	write_again = a;
}

void
round_retry_writes(void)
{
	struct active *a, *next;

	a = write_again;
	write_again = NULL;
	for (; a; a = next) {
		next = a->touched_next;
		a->touched = false;
		spool_op_submit(&a->op);
	}
}

static void
enter(struct active *a, uint32_t t, enum phase phase)
{
	a->targets[t].phase = (unsigned char)phase;
	a->busy++;
}

static void
leave(struct active *a, uint32_t t)
{
	if (a->targets[t].phase != PHASE_NONE)
		a->busy--;
	a->targets[t].phase = PHASE_NONE;
	active_unhold(a, t);
	round_touch(a);
}

static void
begin_pending(struct active *a, uint32_t t)
{
	switch (domains_is_local(a->targets[t].address)) {
	case 1:
		enter(a, t, PHASE_LOCAL);
		local_push(a, t);
		break;
	case 0:
		enter(a, t, PHASE_ROUTE);
		remote_push(a, t);
		break;
	default:
		round_deferred(a, t, 'L', "4.3.0", "",
		    "the table of addresses cannot be read");
	}
}

static void
begin(struct active *a, uint32_t t)
{
	if (a->targets[t].phase != PHASE_NONE)
		return;
	if (a->targets[t].status == SPOOL_PENDING) {
		begin_pending(a, t);
	} else if (a->targets[t].status == SPOOL_STAGED) {
		enter(a, t, PHASE_RENAME);
		local_push(a, t);
	}
}

static void
release_held(struct active *a)
{
	uint32_t t;

	for (t = 0; t < a->ntargets; t++)
		if (a->targets[t].status == SPOOL_HELD)
			active_mark(a, t, SPOOL_PENDING);
	a->m->wish = 0;
}

void
round_start(struct active *a)
{
	uint32_t i;

	a->counted = a->temp = a->fault = a->parked = a->tried = false;
	a->wait_until = 0;
	round_touch(a);
	if (a->m->wish == 'b' || a->m->wish == 'd')
		return; /* settle sees to it */
	if (a->m->wish == 'u')
		release_held(a);
	for (i = 0; i < a->begun; i++)
		begin(a, i);
}

/* The names of staged files are durable: they may be renamed; and the targets
 * of an expansion may start. */
void
round_written(struct active *a)
{
	uint32_t t;

	while ((t = target_pop(a, &a->staging_now)) != SPOOL_NO_TARGET) {
		a->targets[t].phase = PHASE_RENAME;
		local_push(a, t);
	}
	for (; a->begun < a->expanded_now; a->begun++)
		begin(a, a->begun);
	round_touch(a);
}

static void
log_result(const char *event, const struct active *a, uint32_t t,
    const char *where, const char *status, const char *reason)
{
	uint64_t now = clock_wall_s();
	const char *delay = NULL;

	if (!reason)
		delay = log_num(now > a->head.accepted ? now - a->head.accepted
						       : 0);
	log_event(event, "id", a->m->id, "to", a->targets[t].address,
	    where && strchr(where, '[') ? "host" : "mailbox",
	    where && *where ? where : NULL, "status", status, "reason",
	    reason, "delay", delay);
}

void
round_done(struct active *a, uint32_t t, const char *where, bool local)
{
	if (a->abandoned) { /* undone, in truth */
		leave(a, t);
		return;
	}
	log_result("delivered", a, t, where, NULL, NULL);
	count_up(COUNT_DELIVERED);
	active_mark(a, t, SPOOL_DONE);
	/* a lost mark of a remote one means a second copy; a staged one is
	 * found delivered again */
	a->want_sync |= !local;
	leave(a, t);
}

void
round_failed(struct active *a, uint32_t t, const char *status,
    const char *host, const char *text)
{
	log_event("failed", "id", a->m->id, "to", a->targets[t].address,
	    "host", *host ? host : NULL, "status", status, "reason", text);
	count_up(COUNT_FAILED);
	active_answer(a, t, 'N', status, host, text);
	if (!passed_on_refused(a, t))
		active_mark(a, t, SPOOL_FAILED);
	a->want_sync = a->spool_it = true;
	leave(a, t);
}

void
round_deferred(struct active *a, uint32_t t, char class, const char *status,
    const char *host, const char *text)
{
	log_event("deferred", "id", a->m->id, "to", a->targets[t].address,
	    "host", *host ? host : NULL, "status", status, "reason", text);
	count_up(COUNT_DEFERRED);
	active_answer(a, t, class, status, host, text);
	a->tried = true;
	a->fault |= class == 'L';
	a->temp |= class != 'L';
	a->spool_it = true;
	leave(a, t);
}

void
round_staged(struct active *a, uint32_t t, const char *mailbox,
    const char *name)
{
	stralloc body = { 0 };

	journal_put_staged(&body, t, mailbox, name);
	if (active_record(a, 'S', &body) == -1) {
		round_deferred(a, t, 'L', "4.3.0", "", "the journal is full");
	} else if (a->abandoned) {
		a->targets[t].phase = PHASE_RENAME; /* to be undone */
		local_push(a, t);
	} else {
		active_mark(a, t, SPOOL_STAGED);
		a->targets[t].phase = PHASE_STAGE;
		target_push(a, &a->staging, t);
		a->want_sync = true;
		round_touch(a);
	}
	sa_free(&body);
}

void
round_expanded(struct active *a, uint32_t t, const struct journal_expand *x)
{
	stralloc body = { 0 };

	journal_put_expand(&body, x);
	if (a->targets[t].depth >= TARGET_DEPTH_MAX) {
		round_failed(a, t, "5.4.6", "",
		    "too many aliases and forwards one after another");
	} else if (x->n > QUEUE_RECIPIENTS_MAX - a->ntargets) {
		round_failed(a, t, "5.5.3", "", "too many recipients in all");
	} else if (active_record(a, 'X', &body) == -1) {
		round_deferred(a, t, 'L', "4.3.0", "", "the journal is full");
	} else {
		log_event("expanded", "id", a->m->id, "to",
		    a->targets[t].address, "targets", log_num(x->n));
		active_mark(a, t, SPOOL_EXPANDED);
		a->want_sync = a->spool_it = true;
		leave(a, t);
	}
	sa_free(&body);
}

void
round_bounced(struct active *a, bool ok)
{
	a->bouncing = false;
	a->no_bounce = !ok;
	if (!ok) /* no room, no postmaster: not before the next round */
		a->m->next = loop_now() + round_schedule.retry_ms;
	round_touch(a);
}

void
round_parked(struct active *a, uint32_t t, uint64_t until)
{
	a->parked = a->spool_it = true;
	if (until > a->wait_until)
		a->wait_until = until;
	leave(a, t);
}
