/* SPDX-License-Identifier: ISC */
#ifndef SERVICE_UIDS_REGISTRY_H
#define SERVICE_UIDS_REGISTRY_H

/* The registry of instances: which home has which block of uids.
 *
 * Lines "BASE HOME", in SERVICE_REGISTRY.  A line whose home is gone is stale
 * and dropped at the next writing.  Held under a lock (FILE.lock) from open to
 * close. */
#include <stdbool.h>
#include "lib/sa.h"

#define UIDS_BLOCKS_MAX 20000 /* blocks that are tried before giving up */

struct uids_registry {
	const char *path; /* borrowed */
	int lock;
	stralloc others;    /* lines of other homes that exist */
	unsigned long mine; /* this home's base, 0: none */
};
/* Locks and reads.  0 or -1. */
int uids_registry_open(struct uids_registry *r, const char *path,
    const char *home);
/* Writes the others and, unless base is 0, this home.  0 or -1. */
int uids_registry_write(struct uids_registry *r, const char *home,
    unsigned long base);
void uids_registry_close(struct uids_registry *r);

/* The block for the home we are in: the one it has, when nobody else does,
 * else the first free.  0: none is. */
unsigned long uids_pick(const struct uids_registry *r, const char *home);

#endif
