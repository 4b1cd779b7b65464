/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SPOOL_LOAD_H
#define QUEUE_SPOOL_LOAD_H

/* Reading spool files: one whole (but for its message), or all heads at start.
 * Both block: for threads. */
#include "queue/pool.h"
#include "queue/spool.h"

struct spool_image {
	stralloc front;   /* head, envelope, status bytes */
	stralloc journal;
	int error;        /* errno; EBADMSG: damaged */
};
void spool_load(struct spool_image *i, const char *id);
void spool_load_fd(struct spool_image *i, int fd);
void spool_image_free(struct spool_image *i);

#define SPOOL_SCAN_CHUNK 1000 /* messages handed over at once */
struct spool_found {
	char id[QUEUE_ID_MAX];
	struct spool_head head;
};
/* Reads all folders in two threads, in the background. found is called in the
 * main loop with each chunk, over at the end (n 0 last time). */
int spool_scan_start(
    void (*found)(const struct spool_found *f, unsigned n, bool over));

#endif
