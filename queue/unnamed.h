/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_UNNAMED_H
#define QUEUE_UNNAMED_H

/* Cut-through: what deliver-local has written stays without a name until all
 * recipients' are durable, and then gets one, in new/ (deliver/deliver.h, 'C').
 *
 * Its descriptor, held here, is what makes that happen once: as long as it is
 * open, the kernel lets the file be linked a single time.  So a link whose answer
 * is missing is asked for again, and the message goes nowhere else meanwhile. */
#include "queue/active.h"

/* Results of deliver-local; fd is taken over. */
void unnamed_staged(struct active *a, uint32_t t, const char *mailbox,
    const char *name, int fd);
/* What was staged, named or not, is not there any more. */
void unnamed_gone(struct active *a, uint32_t t, const char *mailbox);
/* All are staged: to be linked. */
void unnamed_link(struct active *a);
/* None is linked, and the message goes to the spool: they are delivered again. */
void unnamed_forget(struct active *a);

#endif
