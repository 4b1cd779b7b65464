/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_TURN_H
#define QUEUE_TURN_H

#define TURN_MS 1000 /* at most, between looks at the clock */

/* One turn of queued: wait, serve, start what is due, send, write. */
void turn(void);

#endif
