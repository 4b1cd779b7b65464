/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SPOOL_IO_H
#define QUEUE_SPOOL_IO_H

/* All writing to the spool, in threads, in batches.
 *
 * What arrives while one batch is being synced forms the next one.  A batch of
 * commits: write all files (without a name), sync them, link all, sync the
 * folders, answer.  A batch of updates: write all, sync where asked, unlink.
 * Commits and updates have a thread each; the caller sends no second operation
 * on a message before the first is back. */
#include <stdbool.h>
#include <stdint.h>
#include "lib/sa.h"
#include "queue/pool.h"
#include "queue/queue.h"

#define SPOOL_BATCH_MAX 256 /* operations of one batch */

struct spool_op {
	struct job job; /* its done is called in the main loop */
	char id[QUEUE_ID_MAX];
	bool commit;
	bool sync;      /* an update that must be durable when it is back */
	bool unlink;    /* an update: the message is finished */
	bool exist_ok;  /* a commit: a file of this name is the same one */
	stralloc head;  /* a commit: head, envelope, status bytes */
	int body;       /* a commit: where the message is ... */
	bool in_place;  /* ... in an unnamed file of spool_unnamed, behind room
	                 * for head; else at the start of a memfd */
	bool named;     /* it has a name in queue/tmp (no O_TMPFILE here) */
	uint64_t size;  /* of the message */
	stralloc writes; /* further bytes, by spool_op_write */
	int error;      /* errno, 0: done */
	bool stray;     /* a failed commit left its name there */
	bool doubted;   /* an update whose sync failed: what was written since
	                 * the last good one may be lost */
	int file;       /* the thread's */
};
/* Starts the threads. 0 or -1. */
int spool_io_start(void);
/* Adds bytes to be written at an offset. */
void spool_op_write(struct spool_op *op, uint64_t at, const char *data,
    size_t len);
/* Hands it over; done gets it back (op stays the caller's memory). */
void spool_op_submit(struct spool_op *op);
/* Frees what is inside, closes body. */
void spool_op_clear(struct spool_op *op);
/* A file without a name in the folder of id, open for writing.  *named: the
 * file system has no O_TMPFILE, it is queue/tmp/id.  The descriptor or -1. */
int spool_unnamed(const char *id, bool *named);
/* Is there room for a message of so many bytes beside the reserve?  Looks at
 * the file system once a second. */
bool spool_has_room(uint64_t bytes);

#endif
