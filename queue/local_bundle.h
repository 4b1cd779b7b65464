/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LOCAL_BUNDLE_H
#define QUEUE_LOCAL_BUNDLE_H

/* Packets of several requests to deliver-local, all of one message, and of
 * several answers (deliver/deliver.h, 'B'). */
#include "queue/local_wire.h"

void local_bundle_start(void);
/* Adds D (unnamed: C), R, L or U for a target, as its phase says.  false: no room,
 * send the others first. */
bool local_bundle_add(unsigned job, const struct active *a, uint32_t target,
    bool unnamed);
/* Sends what was added.  0 or -1 (EAGAIN). */
int local_bundle_send(int conn);

/* Takes a packet and calls each() for all answers in it.  1; 0: there is none
 * now; -1: nonsense, or each() said no: the connection is of no use. */
int local_receive(int conn, bool (*each)(void *arg, struct local_answer *x),
    void *arg);

#endif
