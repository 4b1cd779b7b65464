/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_CONTROL_STATS_H
#define QUEUE_CONTROL_STATS_H

#include <stdint.h>
#include "lib/sa.h"

/* Counted since the start; each is a line of queuectl stats. */
enum count {
	COUNT_ACCEPTED,
	COUNT_CUT, /* of them delivered before the 250 */
	COUNT_REFUSED,
	COUNT_DELIVERED,
	COUNT_DEFERRED,
	COUNT_FAILED,
	COUNT_BOUNCED,
	COUNT_DONE,
	COUNTS
};
void count_up(enum count what);
/* The packet that answers 'T', its length in front. */
void control_stats(stralloc *out);

#endif
