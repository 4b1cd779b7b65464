/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_QUEUECTL_KNOWN_H
#define QUEUE_QUEUECTL_KNOWN_H

#include "lib/sa.h"

/* Asks queued on conn which of the ids (each ended by NUL) are not in its queue,
 * and appends them; ends the program with 111 when it does not answer. */
void queuectl_unknown(int conn, const stralloc *ids, stralloc *unknown);

#endif
