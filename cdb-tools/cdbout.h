/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_CDBOUT_H
#define CDB_TOOLS_CDBOUT_H

/* Writes a cdb into an open file.  cdbout.c is, beside lib/table.c, the only
 * file that includes tinycdb's <cdb.h>; no libowfat header is seen there. */
#include <stddef.h>

struct cdbout;

/* fd stays the caller's.  NULL: no memory. */
struct cdbout *cdbout_start(int fd);
/* 0, or -1 (EFBIG past 4 GiB, which a cdb cannot hold). */
int cdbout_put(struct cdbout *c, const void *key, size_t keylen,
    const void *data, size_t len);
/* Writes the index and frees c, also when it fails.  0 or -1. */
int cdbout_finish(struct cdbout *c);
/* Frees c; the file is good for nothing. */
void cdbout_abort(struct cdbout *c);

#endif
