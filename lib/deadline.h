/* SPDX-License-Identifier: ISC */
#ifndef LIB_DEADLINE_H
#define LIB_DEADLINE_H

/* One deadline for a call of several steps: a time of clock_boot_ms.  0 is one
 * that has passed (do not wait). */
#include <stdint.h>

/* A negative timeout: none. */
uint64_t deadline_in(int timeout_ms);
/* Milliseconds left as poll takes them: 0 past it, -1 for none. */
int deadline_left(uint64_t deadline);
/* Waits until fd is readable or writable (POLLIN, POLLOUT) or has failed.  0,
 * or -1 (ETIMEDOUT). */
int deadline_wait(int fd, short events, uint64_t deadline);

#endif
