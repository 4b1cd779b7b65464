/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_ROUND_H
#define QUEUE_ROUND_H

/* One try of a message: each target is started, its result noted; when all have
 * one the message is finished, bounced, or put to rest until its next time.
 *
 * Results only change what is in memory and touch the message; once a turn of
 * the loop round_run looks at those touched and writes what changed, so that
 * many results make one write. */
#include "queue/active.h"
#include "queue/schedule.h"

extern struct schedule round_schedule; /* read at start */

/* Starts every target that is pending or staged. */
void round_start(struct active *a);
void round_touch(struct active *a);
void round_run(void); /* in each turn of the loop */
bool round_pending(void);
/* Writes that failed are tried again; call now and then. */
void round_write_again(struct active *a);
void round_retry_writes(void);
void round_written(struct active *a);
/* Out of every list: it is about to be freed. */
void round_forget(struct active *a);
/* The bounce is in the queue and what it tells of is marked; or it failed. */
void round_bounced(struct active *a, bool ok);

/* Results of deliverers; the target leaves its phase. */
void round_done(struct active *a, uint32_t t, const char *where, bool local);
void round_failed(struct active *a, uint32_t t, const char *status,
    const char *host, const char *text);
/* class: 'T' as the other side asks, 'L' a fault of our own. */
void round_deferred(struct active *a, uint32_t t, char class,
    const char *status, const char *host, const char *text);
void round_staged(struct active *a, uint32_t t, const char *mailbox,
    const char *name);
void round_expanded(struct active *a, uint32_t t, const struct journal_expand *x);
/* Its turn did not come: try soon again, this was no attempt. */
void round_parked(struct active *a, uint32_t t, uint64_t until);

#endif
