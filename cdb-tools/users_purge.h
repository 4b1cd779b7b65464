/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_PURGE_H
#define CDB_TOOLS_USERS_PURGE_H

/* Deletes the mail of a mailbox that is no more, for good. */
#include <stdbool.h>

/* Was there any?  Ends the program with 111 when something is left: says where. */
bool users_purge(const char *mailbox);
/* A folder of our own making, where it is there; a warning when it stays. */
void users_purge_tree(const char *path);

#endif
