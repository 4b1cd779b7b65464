/* SPDX-License-Identifier: ISC */
#include "queue/work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/loop.h"
#include "queue/round.h"
#include "queue/spool_dirs.h"
#include "queue/spool_load.h"
#include "queue/start.h"
#include "queue/wrote.h"

#define PARENT_MS 100 /* a bounce waits for the marks of its message */
#define REST_MS   5000

static struct pool pool;
static unsigned active_count, loading_count;

struct loading {
	struct job job;
	struct message *m;
	struct spool_image image;
};

int
work_start(void)
{
	return pool_start(&pool, WORK_THREADS);
}

void
work_push(struct job *j)
{
	pool_push(&pool, j);
}

void
work_began(struct active *a)
{
	(void)a;
	active_count++;
}

void
work_ended(struct active *a)
{
	round_forget(a);
	active_count--;
}

unsigned
work_active(void)
{
	return active_count;
}

bool
work_has_room(void)
{
	return active_count < WORK_ACTIVE_MAX;
}

void
work_rest(struct active *a)
{
	struct message *m = a->m;

	work_ended(a);
	active_free(a);
	m->active = NULL;
	message_due(m, loop_now() + REST_MS);
}

static void
load(struct job *j)
{
	struct loading *l = (struct loading *)j;

	spool_load(&l->image, l->m->id);
}

static void
unreadable(struct message *m, int error)
{
	errno = error;
	if (error == ENOENT) {
		log_warn("the spool file ", m->id, " is gone");
		message_free(m);
	} else if (error == EBADMSG) {
		log_warn("the spool file ", m->id, " is damaged: held");
		m->held = true;
	} else {
		log_warnsys("unable to read the spool file ", m->id);
		message_due(m, loop_now() + round_schedule.retry_ms);
	}
}

static void
confirmed(struct job *j)
{
	struct active *a = wrote(j, "sync");

	if (!a)
		return;
	a->writing = false;
	round_start(a);
}

/* What a queued before us wrote need not be on the disk, though it can be read:
 * it was killed before it synced that, or could not.  true: it is synced first,
 * for a step is to come that rests on it. */
static bool
confirm(struct active *a)
{
	if (a->m->trusted)
		return false;
	a->m->trusted = true;
	a->op.doubted = a->journal_at > spool_journal_offset(&a->head);
	if (!active_any(a, "sx"))
		return false;
	strcpy(a->op.id, a->m->id);
	a->op.commit = a->op.unlink = false;
	a->op.sync = true;
	a->op.job.done = confirmed;
	a->writing = true;
	spool_op_submit(&a->op);
	return true;
}

static void
begin(struct message *m)
{
	if (!m->accepted) { /* its head could not be read at the start */
		start_know(m, &m->active->head);
		if (m->held) {
			work_ended(m->active);
			active_free(m->active);
			m->active = NULL;
			return;
		}
	}
	if (!confirm(m->active))
		round_start(m->active);
}

static void
loaded(struct job *j)
{
	struct loading *l = (struct loading *)j;
	struct spool_image *i = &l->image;
	struct message *m = l->m;

	loading_count--;
	m->loading = false;
	if (!i->error)
		m->active = active_new(
		    m, i->front.s, i->front.len, i->journal.s, i->journal.len);
	if (m->active) {
		m->active->spooled = true;
		work_began(m->active);
		begin(m);
	} else {
		unreadable(m, i->error ? i->error : EBADMSG);
	}
	spool_image_free(i);
	free(l);
}

/* The message that this one is a bounce of has not got its marks yet: it would
 * be bounced again after a crash. */
static bool
waits_for_parent(const struct message *m)
{
	char id[QUEUE_ID_MAX];
	struct message *parent;
	size_t n = strlen(m->id);

	strcpy(id, m->id);
	while (n > SPOOL_ID_LEN) {
		id[--n] = 0;
		parent = message_find(id);
		if (parent && parent->due && !parent->held)
			return true;
	}
	return false;
}

static void
start(struct message *m)
{
	struct loading *l;

	if (waits_for_parent(m)) {
		message_due(m, loop_now() + PARENT_MS);
		return;
	}
	l = calloc(1, sizeof *l);
	if (!l)
		log_fatal(111, "out of memory");
	message_rest(m);
	m->loading = true;
	loading_count++;
	l->m = m;
	l->job.run = load;
	l->job.done = loaded;
	work_push(&l->job);
}

static void
start_due(bool fresh, unsigned max)
{
	struct message *m;

	while (active_count + loading_count < max &&
	       loading_count < WORK_LOADING_MAX && (m = message_first(fresh)) &&
	       m->next <= loop_now())
		start(m);
}

void
work_run(void)
{
	start_due(true, WORK_ACTIVE_MAX);
	start_due(false, WORK_RETRIES_MAX);
}

static uint64_t
until(bool fresh, unsigned room)
{
	struct message *m = message_first(fresh);

	if (!m || active_count + loading_count >= room ||
	    loading_count >= WORK_LOADING_MAX)
		return UINT64_MAX;
	return m->next > loop_now() ? m->next - loop_now() : 0;
}

int
work_timeout(int max)
{
	uint64_t a = until(true, WORK_ACTIVE_MAX);
	uint64_t b = until(false, WORK_RETRIES_MAX);

	if (b < a)
		a = b;
	return a < (uint64_t)max ? (int)a : max;
}
