/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_START_H
#define QUEUE_START_H

/* Takes stock of the spool, in the background: mail is taken and delivered
 * meanwhile.  0 or -1. */
int start_scan(void);

#endif
