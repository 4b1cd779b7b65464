/* SPDX-License-Identifier: ISC */
#include "queue/local.h"

#include <errno.h>
#include <unistd.h>
#include "deliver/deliver.h"
#include "lib/log.h"
#include "lib/sock.h"
#include "queue/automatic.h"
#include "queue/local_ring.h"
#include "queue/local_wire.h"
#include "queue/loop.h"
#include "queue/round.h"
#include "queue/unnamed.h"

#define CONNECT_MS 200
#define READS_MAX  64 /* answers taken from one connection in a turn */

struct slot {
	struct active *a; /* NULL: free */
	uint32_t target;
	bool unnamed; /* its 'S' brings a descriptor */
};
struct worker {
	struct loop_fd lf; /* fd -1: not connected */
	struct slot slots[LOCAL_WINDOW];
	unsigned busy;
	bool full; /* the socket takes no more for now */
	uint64_t heard;
};
static struct worker workers[LOCAL_WORKERS] = {
	[0 ... LOCAL_WORKERS - 1] = { .lf.fd = -1 }
};
static uint64_t connect_at, down_since;

/* Else it is to be renamed or linked, and needs no message. */
static bool
is_delivery(const struct active *a, uint32_t t)
{
	return a->targets[t].phase == PHASE_LOCAL;
}

static void
free_slot(struct worker *w, struct slot *s)
{
	if (is_delivery(s->a, s->target))
		active_fd_done(s->a);
	s->a = NULL;
	w->busy--;
}

static void
lost(struct worker *w)
{
	unsigned i;

	loop_remove(&w->lf);
	close(w->lf.fd);
	w->lf.fd = -1;
	for (i = 0; i < LOCAL_WINDOW; i++) {
		struct slot s = w->slots[i];

		if (!s.a)
			continue;
		free_slot(w, &w->slots[i]);
		local_push(s.a, s.target);
	}
	connect_at = loop_now() + LOCAL_AGAIN_MS;
	if (!down_since)
		down_since = loop_now();
}

static void
answer(struct worker *w, struct local_answer *x)
{
	struct slot *s = &w->slots[x->job - 1];
	struct active *a = s->a;
	uint32_t t = s->target;
	bool rename = !is_delivery(a, t);

	free_slot(w, s);
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
		if (x->fd == -1)
			round_staged(a, t, x->mailbox, x->name);
		else
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
	if (is_delivery(s->a, s->target))
		return x->op != 'G' &&
		    (x->op != 'S' || s->unnamed == (x->fd != -1));
	return x->op == 'K' || x->op == 'M' || x->op == 'T' ||
	    (x->op == 'G' && !s->a->abandoned);
}

static void
worker_ready(struct loop_fd *f, uint32_t ready)
{
	struct worker *w = (struct worker *)f;
	struct local_answer x;
	int i, rc = 1;

	if (ready & EPOLLOUT)
		w->full = false;
	for (i = 0; i < READS_MAX && rc == 1; i++) {
		rc = local_receive(&x, f->fd);
		if (rc == 1 && !fits(w, &x)) {
			local_answer_free(&x);
			rc = -1;
		}
		if (rc == 1) {
			w->heard = loop_now();
			answer(w, &x);
			local_answer_free(&x);
		}
	}
	if (rc == -1) {
		log_warn("deliver-local closed the connection");
		lost(w);
		return;
	}
	loop_change(f, w->full ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void
connect_worker(struct worker *w)
{
	w->lf.fd = sock_connect(DELIVER_LOCAL_PATH, CONNECT_MS);
	w->lf.ready = worker_ready;
	w->full = false;
	if (w->lf.fd != -1 && loop_add(&w->lf, EPOLLIN) == -1) {
		close(w->lf.fd);
		w->lf.fd = -1;
	}
	if (w->lf.fd == -1) {
		connect_at = loop_now() + LOCAL_AGAIN_MS;
		if (!down_since)
			down_since = loop_now();
		return;
	}
	down_since = 0;
}

/* Few batches that are large beat many small ones: the first one that is not
 * filled, else the least busy one with room; connected where need be. */
static struct worker *
choose(void)
{
	struct worker *best = NULL;
	unsigned i;

	for (i = 0; i < LOCAL_WORKERS; i++) {
		struct worker *w = &workers[i];

		if (w->lf.fd == -1 && connect_at <= loop_now())
			connect_worker(w);
		if (w->lf.fd != -1 && !w->full && w->busy < LOCAL_WINDOW &&
		    (!best || w->busy < best->busy))
			best = w;
		if (best && best->busy < LOCAL_FILL)
			break;
	}
	return best;
}

/* true: sent (or answered for); false: no room, the target is back. */
static bool
send_one(struct worker *w, struct active *a, uint32_t t)
{
	struct slot *s = w->slots;
	bool deliver = is_delivery(a, t);
	int fd = a->targets[t].fd;

	while (s->a)
		s++;
	if (deliver && (fd = active_fd(a)) == -1) {
		round_deferred(a, t, 'L', "4.3.0", "",
		    "the message cannot be opened");
		return true;
	}
	s->unnamed = deliver && !a->spooled && !a->spool_it;
	if (local_send(w->lf.fd, (unsigned)(s - w->slots) + 1, a, t, fd,
		s->unnamed) == 0) {
		if (!w->busy++)
			w->heard = loop_now();
		s->a = a;
		s->target = t;
		return true;
	}
	if (deliver)
		active_fd_done(a);
	local_push_front(a, t);
	w->full = true;
	if (errno == EAGAIN)
		loop_change(&w->lf, EPOLLIN | EPOLLOUT);
	else
		lost(w);
	return false;
}

static void
check_silence(void)
{
	unsigned i;

	for (i = 0; i < LOCAL_WORKERS; i++)
		if (workers[i].lf.fd != -1 && workers[i].busy &&
		    loop_now() - workers[i].heard > LOCAL_SILENCE_MS) {
			log_warn("deliver-local is silent");
			lost(&workers[i]);
		}
}

void
local_pump(void)
{
	struct worker *w;
	struct active *a;
	uint32_t t;
	int i;

	check_silence();
	while (local_waiting() && (w = choose())) {
		a = local_take();
		for (i = 0; i < LOCAL_TURN && w->busy < LOCAL_WINDOW; i++) {
			t = target_pop(a, &a->local);
			if (t == SPOOL_NO_TARGET || !send_one(w, a, t))
				break;
		}
		if (a->local.first != SPOOL_NO_TARGET)
			local_keep(a);
	}
	if (down_since && loop_now() - down_since > LOCAL_PATIENCE_MS)
		local_defer_all();
}

bool
local_ready(void)
{
	return !down_since && local_waiting() < LOCAL_READY_MAX;
}
