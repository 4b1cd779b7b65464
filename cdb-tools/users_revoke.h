/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_REVOKE_H
#define CDB_TOOLS_USERS_REVOKE_H

#include "cdb-tools/users_changed.h"

/* Closes the mailbox's windows at relayd.  Sessions end by themselves: they see
 * the new epoch in mailboxes.cdb.  What cannot be reached is a warning: the
 * change is made. */
void users_revoke(const struct users *u, const struct user *user);
/* Of all these, and says how many they are. */
void users_revoke_stale(const struct users_stale *stale);

#endif
