/* SPDX-License-Identifier: ISC */
#include "queue/local_workers.h"

#include <unistd.h>
#include "lib/log.h"
#include "lib/sock.h"
#include "queue/local_ring.h"

#define CONNECT_MS 200

static struct worker workers[LOCAL_WORKERS];
static bool started;
static uint64_t connect_at, down_since;

bool
workers_is_delivery(const struct active *a, uint32_t t)
{
	return a->targets[t].phase == PHASE_LOCAL;
}

void
workers_free(struct worker *w, struct slot *s)
{
	if (workers_is_delivery(s->a, s->target))
		active_fd_done(s->a);
	s->a = NULL;
	w->busy--;
}

void
workers_lost(struct worker *w)
{
	unsigned i;

	loop_close(&w->lf);
	for (i = 0; i < LOCAL_WINDOW; i++) {
		struct slot s = w->slots[i];

		if (!s.a)
			continue;
		workers_free(w, &w->slots[i]);
		local_push(s.a, s.target);
	}
	connect_at = loop_now() + LOCAL_AGAIN_MS;
	if (!down_since)
		down_since = loop_now();
}

static void
connect_worker(struct worker *w)
{
	w->lf.fd = sock_connect(DELIVER_LOCAL_PATH, CONNECT_MS);
	w->lf.ready = workers_ready;
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

static bool
has_room(const struct worker *w, bool delivery)
{
	return w->lf.fd != -1 && !w->full &&
	    w->busy < (delivery ? LOCAL_DELIVERIES : LOCAL_WINDOW);
}

/* A file is linked best by the process that made it (deliver/local_link.c).
 * NULL: that has no room now, or nobody made it, and all are alike. */
static struct worker *
maker(const struct active *a, uint32_t t)
{
	struct worker *w = &workers[a->targets[t].maker];

	return a->targets[t].fd != -1 && has_room(w, false) ? w : NULL;
}

bool
workers_suits(const struct worker *w, const struct active *a, uint32_t t)
{
	const struct worker *best;

	if (t == SPOOL_NO_TARGET ||
	    !has_room(w, workers_is_delivery(a, t)))
		return false;
	best = maker(a, t);
	return !best || best == w;
}

/* Few batches that are large beat many small ones: the first one that is not
 * filled, else the least busy one with room; connected where need be. */
struct worker *
workers_choose(const struct active *a)
{
	struct worker *w, *best = maker(a, a->local.first);
	bool delivery;

	if (best)
		return best;
	delivery = workers_is_delivery(a, a->local.first);
	for (w = workers; w < workers + LOCAL_WORKERS; w++) {
		if (w->lf.fd == -1 && connect_at <= loop_now())
			connect_worker(w);
		if (has_room(w, delivery) && (!best || w->busy < best->busy))
			best = w;
		if (best && best->busy < LOCAL_FILL)
			break;
	}
	return best;
}

static void
start(void)
{
	unsigned char i;

	for (i = 0; i < LOCAL_WORKERS; i++) {
		workers[i].number = i;
		workers[i].lf.fd = -1;
	}
	started = true;
}

void
workers_check(void)
{
	struct worker *w;

	if (!started)
		start();
	for (w = workers; w < workers + LOCAL_WORKERS; w++)
		if (w->lf.fd != -1 && w->busy &&
		    loop_now() - w->heard > LOCAL_SILENCE_MS) {
			log_warn("deliver-local is silent");
			workers_lost(w);
		}
}

bool
workers_down(void)
{
	return down_since;
}

bool
workers_given_up(void)
{
	return down_since && loop_now() - down_since > LOCAL_PATIENCE_MS;
}
