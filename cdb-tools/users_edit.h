/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_EDIT_H
#define CDB_TOOLS_USERS_EDIT_H

/* userdb's commands that write.  Each holds the lock, checks the whole file
 * first and ends the program when something is wrong (1: no such mailbox, or
 * there already; 100: the file); nothing has changed then. */
#include "cdb-tools/tool.h"
#include "cdb-tools/users_file.h"

/* Takes the lock and opens the file for a change of this mailbox. */
struct user *users_open(struct users *u, const char *name);
/* Writes the file with the user's line made of these fields, or without the
 * line (NULL), and the tables. */
void users_replace(struct users *u, const struct user *user,
    const struct users_span field[USERS_FIELDS]);

void users_build(void);
/* args: login=ADDRESS, quota=SIZE.  Prints the password. */
void users_add(const char *name, char **args, int nargs);
void users_passwd(const char *name);
void users_disable(const char *name);
void users_enable(const char *name);
/* Refuses (1) while addresses point there, unless force. */
void users_remove(const char *name, bool force);

#endif
