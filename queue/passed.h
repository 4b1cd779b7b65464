/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_PASSED_H
#define QUEUE_PASSED_H

/* What was passed on for somebody (an alias elsewhere, a forward) and refused
 * there never bounces to a sender outside, and what a mailbox's forward could
 * not deliver stays in the mailbox, whoever sent it.  Nor does mail from outside
 * that is in a loop. */
#include "queue/active.h"

/* Takes over a refused target: back to the mailbox whose forward it was, or
 * held for the postmaster.  false: it is an ordinary failure. */
bool passed_on_refused(struct active *a, uint32_t target);
/* Would it?  Then the sender is not told that it is late, either. */
bool passed_on_silent(const struct active *a, uint32_t target);

#endif
