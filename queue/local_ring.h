/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LOCAL_RING_H
#define QUEUE_LOCAL_RING_H

/* The messages with targets for deliver-local, in turn. */
#include "queue/active.h"

/* The one whose turn it is, or NULL; ... and out of the ring with it. */
struct active *local_first(void);
struct active *local_take(void);
/* It has targets left: to the end of the ring. */
void local_keep(struct active *a);
void local_push_front(struct active *a, uint32_t target);
/* deliver-local is not there: all are answered for, but those whose file has no
 * name: they may be linked already, and only that descriptor can tell. */
void local_defer_all(void);

#endif
