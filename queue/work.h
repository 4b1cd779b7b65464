/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_WORK_H
#define QUEUE_WORK_H

/* Which messages are worked on: those due are read from the spool, fresh ones
 * before retries, never more at once than memory is meant for. */
#include "queue/active.h"
#include "queue/pool.h"

#define WORK_ACTIVE_MAX  4000 /* messages worked on at once */
#define WORK_RETRIES_MAX 2000 /* ... beyond which no retry is started */
#define WORK_LOADING_MAX 64   /* spool files being read at once */
#define WORK_THREADS     3

/* Starts the threads that read the spool.  0 or -1. */
int work_start(void);
/* A job for one of them. */
void work_push(struct job *j);
void work_began(struct active *a);
void work_ended(struct active *a);
/* Messages worked on now. */
unsigned work_active(void);
/* Is there room for one more fresh message? */
bool work_has_room(void);
/* A message just committed is not started now but in a while. */
void work_rest(struct active *a);
/* Starts what is due. */
void work_run(void);
/* Milliseconds until something is, at most max. */
int work_timeout(int max);

#endif
