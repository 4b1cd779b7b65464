/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SEALED_H
#define QUEUE_SEALED_H

/* Sealed memfds: what is in one cannot change any more. */
#include <stddef.h>
#include <stdint.h>
#include "lib/sa.h"

/* Is it one, sealed against writing, growing, shrinking and unsealing, of at
 * most max bytes?  0 with *size, or -1. */
int sealed_check(int fd, uint64_t max, uint64_t *size);
/* The whole of it. 0 or -1. */
int sealed_read(stralloc *out, int fd, uint64_t max);

#endif
