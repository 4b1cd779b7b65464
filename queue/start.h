/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_START_H
#define QUEUE_START_H

#include "queue/messages.h"
#include "queue/spool.h"

/* Takes stock of the spool, in the background: mail is taken and delivered
 * meanwhile.  0 or -1. */
int start_scan(void);
/* What the head of its file says.  A message whose head could not be read then
 * has accepted 0: it is told once it is loaded. */
void start_know(struct message *m, const struct spool_head *h);

#endif
