/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LOCAL_H
#define QUEUE_LOCAL_H

/* Delivery here: connections to deliver-local, each with many jobs on the way.
 *
 * Messages take turns, LOCAL_TURN targets at a time.  A connection that breaks,
 * or is silent for LOCAL_SILENCE_MS, is opened again, and what it had is sent
 * again: nothing of a target is visible before its 'R'. */
#include "deliver/deliver.h"
#include "queue/active.h"

#define LOCAL_WORKERS    3     /* connections */
#define LOCAL_WINDOW     256   /* jobs on the way, each: DELIVER_BATCH_MAX */
#define LOCAL_DELIVERIES 128   /* ... from there on what is staged only is named */
#define LOCAL_FILL       16    /* on the way to one before the next is used */
#define LOCAL_READY_MAX  64    /* messages that wait for a place: no cut-through */
#define LOCAL_TURN       DELIVER_BUNDLE_MAX /* targets of a message before the next */
#define LOCAL_SILENCE_MS 120000
#define LOCAL_AGAIN_MS   500   /* between tries to connect */
#define LOCAL_PATIENCE_MS 10000 /* without a connection: then all is deferred */

/* A target (phase LOCAL or RENAME) waits for its delivery. */
void local_push(struct active *a, uint32_t target);
/* Sends what may be sent; once a turn of the loop. */
void local_pump(void);
/* Is deliver-local there, and quick? For cut-through. */
bool local_ready(void);
/* Messages that wait for it. */
unsigned local_waiting(void);

#endif
