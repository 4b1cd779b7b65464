/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_REDEEM_H
#define QUEUE_REDEEM_H

/* Grants redeemed at relayd, over one connection that stays: the main loop's,
 * it never waits. */
#include <stdbool.h>
#include "queue/intake.h"

#define REDEEM_ASKED_MAX 32    /* questions under way; the others wait here */
#define REDEEM_WAIT_MS   10000 /* for a turn at it: then 'T' */
#define REDEEM_TRIES     2     /* relayd may have been restarted */

/* Asks relayd to let the foreign recipients pass.  in->job.done is called with
 * a refusal in in->answer, or none; perhaps before this returns. */
void redeem(struct intake *in);
/* Gives up on a relayd that is silent; now and then. */
void redeem_tick(void);
/* Is something asked? */
bool redeem_waiting(void);

#endif
