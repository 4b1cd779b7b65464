/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_SERVE_H
#define DELIVER_RESOLVER_SERVE_H

/* The main loop of resolver: connections, lookups, deadlines; one thread. */
#include "lib/service.h"

#define SERVE_CONNS_MAX 512   /* further ones wait in the backlog */
#define SERVE_IDLE_MS   60000 /* a connection without a request */
#define SERVE_TICK_MS   500   /* how exactly deadlines are kept */

/* Serves for good. */
void resolver_serve(struct service *sv);

#endif
