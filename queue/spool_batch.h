/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SPOOL_BATCH_H
#define QUEUE_SPOOL_BATCH_H

/* One batch of spool_io, in its thread: sets error of every operation. */
#include "queue/spool_io.h"

#define SPOOL_WRITE_HEAD  12 /* offset (8) and length (4) before the bytes */
#define SPOOL_FSYNC_FILES 2  /* up to so many files are synced one by one */

void spool_batch_commit(struct spool_op **ops, unsigned n);
void spool_batch_update(struct spool_op **ops, unsigned n);

#endif
