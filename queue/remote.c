/* SPDX-License-Identifier: ISC */
#include "queue/remote.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "deliver/deliver.h"
#include "lib/log.h"
#include "lib/sock.h"
#include "queue/loop.h"
#include "queue/passing.h"
#include "queue/remote_wire.h"
#include "queue/round.h"
#include "queue/warn.h"

#define CONNECT_MS 200

struct worker {
	struct loop_fd lf; /* fd -1: none */
	struct key *key;   /* of the last job, whose connection may be open */
	struct group *group; /* the job, NULL: idle */
	uint32_t targets[REMOTE_RECIPIENTS];
	bool answered[REMOTE_RECIPIENTS];
	unsigned n, left;
	unsigned job;
	bool taken, refused; /* some recipient was */
	bool in_doubt; /* its key was, when the job began */
	uint64_t heard, began;
};
static struct worker workers[REMOTE_WORKERS];
static bool started;
static uint64_t connect_at, down_since;
static unsigned last_job, nbusy, in_doubt;

static void
give_up_connection(struct worker *w)
{
	loop_close(&w->lf);
	w->key = NULL;
}

/* The job is over; what of its group is left waits for another one. */
static void
end_job(struct worker *w)
{
	struct group *g = w->group;
	struct key *k = g->key;
	struct active *a = g->a;

	w->group = NULL;
	k->busy--;
	g->lane->busy--;
	g->lane->in_doubt -= w->in_doubt;
	in_doubt -= w->in_doubt;
	nbusy--;
	a->busy--;
	active_fd_done(a);
	round_touch(a);
	if (g->targets.first != SPOOL_NO_TARGET)
		key_return(g);
	else
		key_group_free(g);
	key_ready(k);
}

static void
lost(struct worker *w, const char *why)
{
	struct active *a = w->group ? w->group->a : NULL;
	unsigned i;

	for (i = 0; a && i < w->n; i++)
		if (!w->answered[i])
			round_deferred(a, w->targets[i], 'L', "4.3.0", "", why);
	if (a) {
		log_warn("deliver-remote: ", why);
		end_job(w);
	}
	give_up_connection(w);
}

static int
one_result(struct worker *w, const struct remote_answer *x)
{
	struct active *a = w->group->a;
	uint32_t t;

	if (x->index >= w->n || w->answered[x->index])
		return -1;
	t = w->targets[x->index];
	w->answered[x->index] = true;
	w->left--;
	if (x->class == 'K')
		round_done(a, t, x->host, false);
	else if (x->class == 'N')
		round_failed(a, t, x->status, x->host, x->text);
	else
		round_deferred(a, t, x->class, x->status, x->host, x->text);
	w->taken |= x->class == 'K';
	w->refused |= x->class == 'N';
	return 0;
}

static int
end_of_job(struct worker *w, const struct remote_answer *x)
{
	struct key *k = w->group->key;
	bool taken = w->taken, good = taken || w->refused;

	if (w->left)
		return -1;
	key_took(k, loop_now() - w->began);
	end_job(w);
	if (x->slow && !taken)
		key_bad(k, x->slow, x->text);
	else if (good)
		key_good(k);
	key_ready(k);
	return 0;
}

static int
one_answer(struct worker *w, const struct remote_answer *x)
{
	if (!w->group || x->job != w->job)
		return -1;
	if (x->op == 'P')
		return one_result(w, x);
	if (x->op == 'E')
		return end_of_job(w, x);
	warn_auth(x->host, x->account, x->text);
	return 0;
}

static void
worker_ready(struct loop_fd *f, uint32_t ready)
{
	struct worker *w = (struct worker *)f;
	struct remote_answer x;
	int rc;

	(void)ready;
	while ((rc = remote_receive(&x, f->fd)) == 1) {
		w->heard = loop_now();
		if (one_answer(w, &x) == -1)
			lost(w, "answers nonsense");
		if (!w->group) /* nothing comes behind its last answer */
			return;
	}
	if (rc == -1)
		lost(w, "it ended in the middle of a job");
}

static bool
connect_worker(struct worker *w)
{
	if (connect_at > loop_now())
		return false;
	w->lf.fd = sock_connect(DELIVER_REMOTE_PATH, CONNECT_MS);
	w->lf.ready = worker_ready;
	if (w->lf.fd != -1 && loop_add(&w->lf, EPOLLIN) == 0) {
		down_since = 0;
		return true;
	}
	if (w->lf.fd != -1)
		close(w->lf.fd);
	w->lf.fd = -1;
	connect_at = loop_now() + REMOTE_AGAIN_MS;
	if (!down_since)
		down_since = loop_now();
	return false;
}

/* The idle worker to use for k: one that has it open, else one without a
 * connection, else the one idle for longest. */
static struct worker *
choose(const struct key *k)
{
	struct worker *w, *none = NULL, *old = NULL;

	for (w = workers; w < workers + REMOTE_WORKERS; w++) {
		if (w->group)
			continue;
		if (w->lf.fd != -1 && w->key == k)
			return w;
		if (w->lf.fd == -1)
			none = w;
		else if (!old || w->heard < old->heard)
			old = w;
	}
	if (none && connect_worker(none))
		return none;
	return old;
}

static void
fill_job(struct worker *w, struct group *g)
{
	unsigned most = passing_alone(g->passing) ? 1 : REMOTE_RECIPIENTS;

	memset(w->answered, 0, sizeof w->answered);
	w->n = 0;
	while (w->n < most && g->targets.first != SPOOL_NO_TARGET)
		w->targets[w->n++] = target_pop(g->a, &g->targets);
	w->left = w->n;
	w->group = g;
	w->job = ++last_job & 0x7fffffff;
	w->taken = w->refused = false;
	w->heard = w->began = loop_now();
}

/* It closed the connection while it was idle: another one gets the job. */
static void
take_back(struct worker *w)
{
	unsigned i;

	for (i = 0; i < w->n; i++)
		target_push(w->group->a, &w->group->targets, w->targets[i]);
	end_job(w);
	give_up_connection(w);
}

static void
give_job(struct worker *w, struct key *k)
{
	struct group *g = key_take(k);
	int fd;

	w->key = k;
	k->busy++;
	g->lane->busy++;
	w->in_doubt = key_in_doubt(k);
	g->lane->in_doubt += w->in_doubt;
	in_doubt += w->in_doubt;
	nbusy++;
	g->a->busy++; /* until 'E', which comes after the last answer */
	fd = active_fd(g->a);
	if (fd == -1)
		g->a->fd_users++; /* end_job gives it back */
	fill_job(w, g);
	if (fd == -1)
		lost(w, "the message cannot be opened");
	else if (remote_send(w->lf.fd, w->job, g->a, w->targets, w->n, fd) ==
	    -1)
		take_back(w);
}

static void
check_times(void)
{
	struct worker *w;

	for (w = workers; w < workers + REMOTE_WORKERS; w++) {
		if (!started)
			w->lf.fd = -1;
		if (w->lf.fd == -1)
			continue;
		if (w->group && loop_now() - w->heard > REMOTE_SILENCE_MS)
			lost(w, "it is silent");
		else if (!w->group && loop_now() - w->heard > REMOTE_IDLE_MS)
			give_up_connection(w);
	}
	started = true;
}

void
remote_pump(void)
{
	struct worker *w;
	struct key *k;
	unsigned busy;

	check_times();
	for (busy = nbusy; busy < REMOTE_WORKERS; busy++) {
		k = key_next_ready(
		    REMOTE_WORKERS - busy,
		    in_doubt < REMOTE_DOUBT ? REMOTE_DOUBT - in_doubt : 0);
		if (!k)
			break;
		w = choose(k);
		if (w)
			give_job(w, k);
		key_ready(k);
		if (!w)
			break;
	}
	if (down_since && loop_now() - down_since > REMOTE_PATIENCE_MS)
		key_defer_all("deliver-remote does not answer");
	routes_pump();
}

bool
remote_waiting(void)
{
	return down_since;
}
