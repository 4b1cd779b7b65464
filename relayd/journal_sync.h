/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_JOURNAL_SYNC_H
#define RELAYD_JOURNAL_SYNC_H

#define JOURNAL_SYNC_MS 1000

/* The thread that brings the journal to the disk. */
struct journal_sync *journal_sync_start(void); /* NULL: no thread */
void journal_sync_dirty(struct journal_sync *s, int fd);
void journal_sync_copy(struct journal_sync *s, int fd);
/* 1: it is on the disk; 0: not yet; -1: it failed. */
int journal_sync_done(struct journal_sync *s);
/* errno of a sync of dirty data that failed since it was last asked, or 0.  What
 * was to be written is lost: a further sync would say yes to nothing. */
int journal_sync_error(struct journal_sync *s);
void journal_sync_stop(struct journal_sync *s);

#endif
