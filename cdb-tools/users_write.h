/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_WRITE_H
#define CDB_TOOLS_USERS_WRITE_H

/* What userdb makes of etc/users: mailboxes.cdb, users.dovecot, users.cdb. */
#include "cdb-tools/tool.h"
#include "cdb-tools/users_file.h"

#define USERS_DOVECOT "cdb/auth/users.dovecot"
#define USERS_EPOCH_SIZE 17 /* digits and NUL: mailbox_info.epoch */

struct users_files {
	struct outfile mailboxes, dovecot, users;
};
/* All three are on disk; only their names are missing. */
void users_write(struct users_files *f, const struct users *u);
void users_commit(struct users_files *f);
/* A number of all its passwords and its state. */
void users_epoch(char hex[USERS_EPOCH_SIZE], const struct users *u,
    const struct user *user);

#endif
