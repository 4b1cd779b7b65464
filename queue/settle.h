/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SETTLE_H
#define QUEUE_SETTLE_H

/* What a message needs next: its changes written, its next time, a bounce, or
 * its end.  Called for every message touched in a turn of the loop. */
#include "queue/active.h"

void settle(struct active *a);

#endif
