/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_WORKERS_H
#define DELIVER_WORKERS_H

/* The worker processes of a deliverer: one for each connection, counted. */
#include <signal.h>
#include <sys/types.h>

/* Their ends interrupt ppoll with *normal, and nothing else. */
void workers_start(sigset_t *normal);
/* Forks one.  0 in the worker, where signals are as they were and it is confined
 * alone; in the parent not 0, and conn, the worker's, is closed. */
pid_t workers_fork(int conn, unsigned most, const sigset_t *normal);
/* Takes note of those that ended. */
void workers_reap(void);
unsigned workers_now(void);

#endif
