/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_SERVE_H
#define DELIVER_REMOTE_SERVE_H

/* The listener: a worker process for each connection. */
#include "lib/service.h"

#define REMOTE_WORKERS_MAX 500 /* further connections wait in the backlog */

/* Serves for good.  A worker ends with it (remote_worker_signals). */
int remote_serve(struct service *sv);

#endif
