/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_REVOKE_H
#define CDB_TOOLS_USERS_REVOKE_H

#include "cdb-tools/users_file.h"

/* Closes the mailbox's windows at relayd.  Sessions end by themselves: they see
 * the new epoch in mailboxes.cdb.  What cannot be reached is a warning: the
 * change is made. */
void users_revoke(const struct users *u, const struct user *user);

#endif
