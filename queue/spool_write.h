/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SPOOL_WRITE_H
#define QUEUE_SPOOL_WRITE_H

/* Bytes of a spool file, in the writing threads. */
#include <stddef.h>
#include <stdint.h>

/* 0 or -1. */
int spool_write_at(int fd, const char *p, size_t len, uint64_t at);
/* Writes all once more that was written since the file's commit, the same bytes
 * to the same places: after a sync that failed the kernel calls it clean, and
 * the next sync would say yes though the disk has nothing.  fd: to read and
 * write.  For the thread of updates alone.  0 or -1. */
int spool_write_again(int fd);

#endif
