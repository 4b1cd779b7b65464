/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_PENDING_H
#define DELIVER_REMOTE_PENDING_H

/* The recipients of a run and what is known of each. */
#include "deliver/remote_run.h"

struct remote_pending {
	const char *addr; /* into the job */
	unsigned index;
	bool done;  /* answered */
	bool asked; /* of the present host */
	/* What the last host that spoke about this one said, or NULL. */
	struct remote_said *said;
};

/* Makes run->pending; answers those at once that are no address ('N') or do not
 * go the way of key ('L'). */
void pending_open(struct remote_run *run, const char *key);
void pending_answer(struct remote_run *run, struct remote_pending *p,
    const struct smtp_outcome *o, const char *host);
/* Remembers; o NULL forgets. */
void pending_said(
    struct remote_pending *p, const struct smtp_outcome *o, const char *host);
/* Answers what is left by what was said, or by run->last; frees. */
void pending_close(struct remote_run *run);

#endif
