/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_CHANGED_H
#define CDB_TOOLS_USERS_CHANGED_H

#include "cdb-tools/users_file.h"

/* Mailboxes of the table that is in force which in etc/users, edited by hand,
 * have another password, are disabled, or are gone. */
struct users_stale {
	stralloc names; /* each ended by NUL */
	size_t n;
};
void users_changed(struct users_stale *out, const struct users *u);

#endif
