/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_ANSWERED_H
#define DELIVER_ANSWERED_H

/* Who was answered automatically, and when: hashes in a small file, replaced
 * whole.  The oldest make room.
 *
 *   hash (8 bytes) wall seconds (8 bytes), little endian as the machine is */
#include <stdbool.h>
#include <stdint.h>

#define ANSWERED_MAX 4096 /* entries of a file: 64 KiB */

/* Notes that who is answered now, durably.  1: do answer.  0: it was answered
 * in the last seconds, or more than most (0: any number) were.  -1: errno; do
 * not answer. */
int answered_note(const char *path, const char *who, uint64_t now,
    uint64_t seconds, unsigned most);
/* As if it had not been answered.  0, or -1 with errno. */
int answered_forget(const char *path, const char *who);

#endif
