/* SPDX-License-Identifier: ISC */
#include "queue/steer.h"

#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/keys.h"
#include "queue/loop.h"
#include "queue/round.h"
#include "queue/spool.h"
#include "queue/spool_io.h"
#include "queue/stray.h"

static void
written(struct job *j)
{
	struct spool_op *op = (struct spool_op *)j;

	if (op->error)
		log_warn("unable to write to the spool file ", op->id);
	spool_op_clear(op);
	free(op);
}

static struct spool_op *
op_new(const struct message *m)
{
	struct spool_op *op = calloc(1, sizeof *op);

	if (!op)
		log_fatal(111, "out of memory");
	strcpy(op->id, m->id);
	op->body = -1;
	op->job.done = written;
	return op;
}

/* A busy message writes its state itself, at the end of its round. */
static void
put_state(const struct message *m, char state)
{
	struct spool_op *op;

	if (m->active)
		return;
	op = op_new(m);
	spool_op_write(op, SPOOL_AT_STATE, &state, 1);
	op->sync = true;
	spool_op_submit(op);
}

/* What a busy message still waits for, it need not: its round ends soon. */
static void
stop(struct message *m)
{
	if (!m->active)
		return;
	key_cancel(m->active);
	round_touch(m->active);
}

static void
drop(struct message *m)
{
	if (m->active || m->loading) {
		m->wish = 'd';
		stop(m);
		return;
	}
	log_event("dropped", "id", m->id);
	stray_remove(m->id);
	message_free(m);
}

/* Worked on now, for what its wish says. */
static void
wake(struct message *m, char wish)
{
	m->wish = wish;
	m->held = false;
	if (m->active)
		stop(m);
	else if (!m->loading)
		message_due(m, loop_now());
}

bool
steer(struct message *m, char op)
{
	if (m->held ? op == 'R' : op == 'U')
		return false;
	switch (op) {
	case 'R':
		m->forced = true;
		if (!m->active && !m->loading)
			message_due(m, loop_now());
		break;
	case 'H':
		m->held = true;
		log_event("held", "id", m->id, "reason",
		    "by the administrator");
		message_rest(m);
		stop(m);
		put_state(m, 'H');
		break;
	case 'U':
		put_state(m, 'A');
		wake(m, 'u');
		break;
	case 'D':
		drop(m);
		break;
	case 'B':
		wake(m, 'b');
		break;
	}
	return true;
}
