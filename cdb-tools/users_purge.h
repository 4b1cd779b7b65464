/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_PURGE_H
#define CDB_TOOLS_USERS_PURGE_H

/* Deletes a mailbox's mail for good: the folder gets another name first, so that
 * nothing is delivered into what is going, then all beneath it is unlinked.
 * Links are never followed, other file systems never entered. */
#include <stdbool.h>

#define PURGE_DEPTH_MAX 16 /* folders in one another */

/* May we, and is there one?  Ends the program with 111 when we may not. */
bool users_purge_ready(const char *mailbox);
/* Ends the program with 111 when something is left: says where. */
void users_purge(const char *mailbox);
/* A folder of our own making, where it is there; a warning when it stays. */
void users_purge_tree(const char *path);

#endif
