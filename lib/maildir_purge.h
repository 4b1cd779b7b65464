/* SPDX-License-Identifier: ISC */
#ifndef LIB_MAILDIR_PURGE_H
#define LIB_MAILDIR_PURGE_H

/* Deletes a mailbox's mail for good: the folder gets another name first, so that
 * nothing is delivered into what is going, then all beneath it is unlinked.
 * Links are never followed, other file systems never entered. */
#include "lib/sa.h"

#define MAILDIR_PURGE_DEPTH_MAX 16 /* folders in one another */

/* 1; 0: there is none; -1 with errno: *aside, NUL-ended, is the folder that is
 * left, or "" where it has its old name still. */
int maildir_purge(stralloc *aside, int maildirs_fd, const char *mailbox);
/* Any folder.  0 (also when it is not there), or -1 with errno. */
int maildir_purge_tree(const char *path);

#endif
