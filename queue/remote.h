/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_REMOTE_H
#define QUEUE_REMOTE_H

/* Delivery elsewhere: connections to deliver-remote, one job each at a time.
 * One that has a key open gets that key's next job. */
#include "queue/active.h"
#include "queue/routes.h"

#define REMOTE_WORKERS     40   /* connections in all */
#define REMOTE_DOUBT       30   /* of them for keys in doubt */
#define REMOTE_RECIPIENTS  100  /* of one job (RFC 5321 section 4.5.3.1.8) */
#define REMOTE_IDLE_MS     20000   /* an idle connection is closed */
#define REMOTE_SILENCE_MS  2700000 /* a job without a word: longer than all the
                                    * waits of RFC 5321 section 4.5.3.2 */
#define REMOTE_AGAIN_MS    500
#define REMOTE_PATIENCE_MS 10000

void remote_pump(void);
/* Does anything wait for a connection? */
bool remote_waiting(void);

#endif
