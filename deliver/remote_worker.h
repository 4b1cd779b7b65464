/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_WORKER_H
#define DELIVER_REMOTE_WORKER_H

/* One connection of queued's: jobs, one after another. */
#include "deliver/remote_conf.h"

#define WORKER_IDLE_SECONDS 5     /* the SMTP connection waits for a job */
#define WORKER_SEND_MS      30000 /* queued takes an answer */

/* SIGTERM ends a worker at once, but for the moment in which a server has the
 * whole message and has not answered: then it gets SMTP_DOUBT_SECONDS. */
void remote_worker_signals(void);
/* Serves conn until queued closes it: the exit code.  conf: as the parent has
 * read it. */
int remote_worker(int conn, struct remote_conf *conf);

#endif
