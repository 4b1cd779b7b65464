/* SPDX-License-Identifier: ISC */
#ifndef POP3D_MAILDIR_SCAN_H
#define POP3D_MAILDIR_SCAN_H

/* Folders of a Maildir, entry by entry, by getdents: no allocation, no stat. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* tmp/ of a Maildir: files of deliveries that never ended. */
#define MAILDIR_TMP_SECONDS (36 * 3600)
#define MAILDIR_SMALL       65536 /* bytes of a folder */

/* Calls each for every regular file (or entry of unknown type) of the folder,
 * from its beginning.  0 or -1. */
int maildir_scan(int dir_fd, bool in_new,
    void (*each)(void *arg, const char *name, size_t len, bool in_new),
    void *arg);
/* Is nothing in the folder, just opened, that maildir_scan would tell?  False, too, for one
 * that is larger than MAILDIR_SMALL, full or not: a look takes as long as it is
 * large. */
bool maildir_is_empty(int dir_fd);
/* Removes from tmp/ what is older than MAILDIR_TMP_SECONDS. */
void maildir_clean_tmp(int mailbox_fd, uint64_t now_s);

#endif
