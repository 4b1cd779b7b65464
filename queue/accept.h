/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_ACCEPT_H
#define QUEUE_ACCEPT_H

/* A new message: from a caller (intake.c) or a bounce of our own. */
#include "queue/active.h"

/* Makes it, in the table, not yet in the spool.  body: a descriptor that now
 * belongs to it: a memfd with the message, or (in_place) a file of
 * spool_unnamed.  NULL: the id is taken (body is closed). */
struct active *accept_new(const struct spool_head *head,
    const struct spool_envelope *env, int body, bool in_place, bool named);
/* Into the spool, with all that changed meanwhile; done comes with 0 or an
 * errno.  After an error the caller drops it. */
void accept_commit(struct active *a, bool exist_ok,
    void (*done)(struct active *a, int error));
/* Forgets a message that is not in the spool, or no longer. */
void accept_drop(struct active *a);

#endif
