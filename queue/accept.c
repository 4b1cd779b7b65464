/* SPDX-License-Identifier: ISC */
#include "queue/accept.h"

#include <string.h>
#include <unistd.h>
#include "queue/loop.h"
#include "queue/stray.h"
#include "queue/work.h"
#include "queue/wrote.h"

struct active *
accept_new(const struct spool_head *head, const struct spool_envelope *env,
    int body, bool in_place, bool named)
{
	struct spool_head h = *head;
	struct message *m = message_new(env->id);
	struct active *a = NULL;
	stralloc front = { 0 };

	if (!m)
		goto out;
	spool_make(&front, &h, env);
	a = active_new(m, front.s, front.len, "", 0);
	if (!a) {
		message_free(m);
		goto out;
	}
	m->active = a;
	m->accepted = h.accepted;
	m->size = h.size;
	m->last = (uint32_t)(loop_now() / 1000);
	m->fresh = m->trusted = true;
	a->fd = body;
	a->in_memfd = !in_place;
	a->op.in_place = in_place;
	a->op.named = named;
	work_began(a);
out:
	if (!a)
		close(body);
	sa_free(&front);
	return a;
}

static void
committed(struct job *j)
{
	struct active *a = wrote_for(j);
	void (*done)(struct active *, int) = a->committed;

	a->op.body = -1;
	a->op.commit = false;
	a->writing = false;
	sa_free(&a->op.head);
	sa_clear(&a->op.writes);
	a->spooled = !a->op.error;
	if (a->op.stray && !a->op.exist_ok) /* else it is made once more */
		stray_remove(a->op.id);
	done(a, a->op.error);
}

void
accept_commit(struct active *a, bool exist_ok,
    void (*done)(struct active *a, int error))
{
	struct spool_op *op = &a->op;

	strcpy(op->id, a->m->id);
	spool_make(&op->head, &a->head, &a->env);
	op->commit = true;
	op->exist_ok = exist_ok;
	op->body = a->fd;
	op->size = a->head.size;
	op->job.done = committed;
	a->committed = done;
	active_commit_writes(a, op);
	spool_op_submit(op);
}

void
accept_drop(struct active *a)
{
	struct message *m = a->m;

	work_ended(a);
	active_free(a);
	message_free(m);
}
