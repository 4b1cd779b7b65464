/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_APP_H
#define CDB_TOOLS_USERS_APP_H

/* userdb app: a mailbox's app passwords, one by one. */
#include "cdb-tools/tool.h"
#include "cdb-tools/users_change.h"

/* protocols: "pop3,smtp,imap" or some of them; NULL: all.  Prints the
 * password.  0. */
int users_app_add(const struct tool *t, const char *name, const char *label,
    const char *protocols);
void users_app_remove(const char *name, const char *label);
/* Prints and returns the exit code. */
int users_app_list(const struct tool *t, const char *name);
/* All lines of the user's app passwords go; say: named on stderr. */
void users_apps_out(const struct users *u, struct users_changes *ch,
    const struct user *user, bool say);

#endif
