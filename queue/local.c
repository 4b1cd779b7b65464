/* SPDX-License-Identifier: ISC */
#include "queue/local.h"

#include <errno.h>
#include "lib/log.h"
#include "queue/automatic.h"
#include "queue/local_bundle.h"
#include "queue/local_ring.h"
#include "queue/local_workers.h"
#include "queue/loop.h"
#include "queue/round.h"
#include "queue/unnamed.h"

#define READS_MAX 64 /* answers taken from one connection in a turn */

static void
answer(struct worker *w, struct local_answer *x)
{
	struct slot *s = &w->slots[x->job - 1];
	struct active *a = s->a;
	uint32_t t = s->target;
	bool rename = !workers_is_delivery(a, t);

	workers_free(w, s);
	switch (x->op) {
	case 'K':
		a->spool_it |= !rename; /* taken: a list's command */
		round_done(a, t, x->mailbox, rename);
		break;
	case 'M':
		a->spool_it |= !rename;
		automatic_start(a, t, x->mailbox, x->to, x->fd);
		x->fd = -1;
		break;
	case 'G':
		unnamed_gone(a, t, x->mailbox);
		break;
	case 'S':
		round_staged(a, t, x->mailbox, x->name);
		break;
	case 'H':
		a->targets[t].maker = w->number;
		unnamed_staged(a, t, x->mailbox, x->name, x->fd);
		x->fd = -1;
		break;
	case 'X':
		local_expanded(a, t, x);
		break;
	case 'N':
		round_failed(a, t, x->status, "", x->text);
		break;
	default:
		round_deferred(a, t, 'L', "4.3.0", "", x->text);
	}
}

/* Is this an answer to what was asked in that slot? */
static bool
fits(const struct worker *w, const struct local_answer *x)
{
	const struct slot *s;

	if (x->job < 1 || x->job > LOCAL_WINDOW)
		return false;
	s = &w->slots[x->job - 1];
	if (!s->a)
		return false;
	if (workers_is_delivery(s->a, s->target))
		return x->op != 'G' && (x->op != 'H' || s->unnamed);
	return x->op == 'K' || x->op == 'M' || x->op == 'T' ||
	    (x->op == 'G' && !s->a->abandoned);
}

static bool
take_answer(void *arg, struct local_answer *x)
{
	struct worker *w = arg;

	if (!fits(w, x))
		return false;
	w->heard = loop_now();
	answer(w, x);
	return true;
}

void
workers_ready(struct loop_fd *f, uint32_t ready)
{
	struct worker *w = (struct worker *)f;
	int i, rc = 1;

	if (ready & EPOLLOUT)
		w->full = false;
	for (i = 0; i < READS_MAX && rc == 1; i++)
		rc = local_receive(f->fd, take_answer, w);
	if (rc == -1) {
		log_warn("deliver-local closed the connection");
		workers_lost(w);
		return;
	}
	loop_change(f, w->full ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* NULL: it cannot be sent, and is answered for. */
static struct slot *
take_slot(struct worker *w, struct active *a, uint32_t t)
{
	struct slot *s = w->slots;
	bool deliver = workers_is_delivery(a, t);

	while (s->a)
		s++;
	if (deliver && active_fd(a) == -1) {
		round_deferred(a, t, 'L', "4.3.0", "",
		    "the message cannot be opened");
		return NULL;
	}
	*s = (struct slot){ a, t, deliver && !a->spooled && !a->spool_it };
	if (!w->busy++)
		w->heard = loop_now();
	return s;
}

static void
give_back(struct worker *w, struct slot *s)
{
	local_push_front(s->a, s->target);
	workers_free(w, s);
}

static bool
add(const struct worker *w, const struct slot *s)
{
	return local_bundle_add(
	    (unsigned)(s - w->slots) + 1, s->a, s->target, s->unnamed);
}

/* As many of a message's targets as one packet takes. */
static void
send_some(struct worker *w, struct active *a)
{
	struct slot *s, *sent[LOCAL_TURN];
	uint32_t t, n = 0;

	local_bundle_start();
	while (n < LOCAL_TURN && workers_suits(w, a, a->local.first)) {
		t = target_pop(a, &a->local);
		s = take_slot(w, a, t);
		if (!s)
			continue;
		sent[n++] = s;
		if (!add(w, s)) { /* not the first: DELIVER_MSG_MAX */
			give_back(w, sent[--n]);
			break;
		}
	}
	if (!n || local_bundle_send(w->lf.fd) == 0)
		return;
	if (errno != EAGAIN) {
		workers_lost(w);
		return;
	}
	while (n)
		give_back(w, sent[--n]);
	w->full = true;
	loop_change(&w->lf, EPOLLIN | EPOLLOUT);
}

void
local_pump(void)
{
	struct worker *w;
	struct active *a;

	workers_check();
	while ((a = local_first()) && (w = workers_choose(a))) {
		local_take();
		send_some(w, a);
		if (a->local.first != SPOOL_NO_TARGET)
			local_keep(a);
	}
	if (workers_given_up())
		local_defer_all();
}

bool
local_ready(void)
{
	return !workers_down() && local_waiting() < LOCAL_READY_MAX;
}
