/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_LOCAL_FOLDER_H
#define DELIVER_LOCAL_FOLDER_H

/* The folder of a mailbox (local_open.c, local_folder.c).  Inside deliver/ only. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct local_job;
/* What tells one from another that got its number later. */
struct local_folder {
	dev_t dev;
	uint64_t ino;
	int64_t born;
	uint32_t born_ns;
};
/* Each: 0, or -1 with errno. */
int local_open(struct local_job *job);
/* A new batch: the folders that were kept open are looked at again, and may be
 * let go for others. */
void local_folders_turn(void);
/* Makes the folders of job's mailbox, durable, as far as they are missing. */
int local_make_folder(const struct local_job *job);
bool local_is_whole(const struct local_job *job);
/* Of a young one: syncs it and its entry; it was, by syncfs. */
int local_sync_young(struct local_job *job);
void local_synced_young(struct local_job *job);
/* Makes what is missing of an open mailbox: 1, 0 nothing was, -1. */
int local_mend(struct local_job *job);
/* Is new/ no link?  -1, ENOTDIR: it would lead elsewhere.  Missing is fine. */
int local_look_new(const struct local_job *job);
/* Not in tmp/, new/ or cur/, and so old that a reader may have tidied tmp/? */
bool local_vanished(const struct local_job *job);

#endif
