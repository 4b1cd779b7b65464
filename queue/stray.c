/* SPDX-License-Identifier: ISC */
#include "queue/stray.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/spool_io.h"

struct stray {
	struct spool_op op; /* first: it comes back by its job */
	struct stray *next;
};
static struct stray *waiting;

static void
removed(struct job *j)
{
	struct stray *s = (struct stray *)j;

	if (!s->op.error) {
		spool_op_clear(&s->op);
		free(s);
		return;
	}
	errno = s->op.error;
	log_warnsys("unable to remove the spool file ", s->op.id,
	    "; trying again");
	s->next = waiting;
	waiting = s;
}

void
stray_remove(const char *id)
{
	struct stray *s = calloc(1, sizeof *s);

	if (!s)
		log_fatal(111, "out of memory");
	strcpy(s->op.id, id);
	s->op.body = -1;
	s->op.unlink = true;
	s->op.job.done = removed;
	spool_op_submit(&s->op);
}

void
stray_retry(void)
{
	struct stray *s, *next;

	s = waiting;
	waiting = NULL;
	for (; s; s = next) {
		next = s->next;
		spool_op_submit(&s->op);
	}
}
