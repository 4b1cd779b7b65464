/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_JOURNAL_SYNC_H
#define RELAYD_JOURNAL_SYNC_H

#define JOURNAL_SYNC_MS 1000

/* The thread that brings the journal to the disk.  fd: made readable (eventfd) when the copy that
 * journal_sync_copy named is on the disk. */
struct journal_sync *journal_sync_start(void); /* NULL: no thread */
void journal_sync_dirty(struct journal_sync *s, int fd);
void journal_sync_copy(struct journal_sync *s, int fd);
/* 1: it is on the disk; 0: not yet; -1: it failed. */
int journal_sync_done(struct journal_sync *s);
void journal_sync_stop(struct journal_sync *s);

#endif
