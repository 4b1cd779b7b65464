/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_AUTOMATIC_H
#define QUEUE_AUTOMATIC_H

/* Automatic answers that deliver-local makes (autoresponders, lists): each
 * becomes a message of the queue's own, from the null sender, and what it answers
 * is done when that is durable.  Its id comes of the message's and the target's
 * number: made twice, it is still one.  It never bounces. */
#include "queue/active.h"

#define AUTOMATIC_ORIGIN "auto"

/* Target t is delivered (to mailbox, or "") but for this; fd is taken over. */
void automatic_start(struct active *a, uint32_t t, const char *mailbox,
    const char *to, int fd);

#endif
