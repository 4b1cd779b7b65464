/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_ROUTES_H
#define QUEUE_ROUTES_H

/* Which key a domain goes by: asked of deliver-remote over a connection of its
 * own, remembered for ROUTE_SECONDS. */
#include "queue/keys.h"

#define ROUTE_SECONDS     60
#define ROUTES_MAX        20000 /* remembered */
#define ROUTE_SILENCE_MS  30000
#define ROUTE_PATIENCE_MS 10000 /* without a connection: then all is deferred */

/* A remote target (phase ROUTE) finds its key, now or later: key_push. */
void remote_push(struct active *a, uint32_t target);
/* Its way is known, and key_quick. */
bool remote_quick(const char *address);
/* Asks what waits; once a turn of the loop. */
void routes_pump(void);
/* The part behind the '@'. */
const char *route_domain(const char *address);

#endif
