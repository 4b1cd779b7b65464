/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_WROTE_H
#define QUEUE_WROTE_H

/* The end of what a writing thread did for an active message: in its op.job.done. */
#include "queue/active.h"

/* Whose op the job is. */
struct active *wrote_for(struct job *j);
/* The same; NULL: it failed, which is logged ("unable to DOING the spool file"),
 * and is tried again. */
struct active *wrote(struct job *j, const char *doing);

#endif
