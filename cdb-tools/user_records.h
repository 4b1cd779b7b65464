/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USER_RECORDS_H
#define CDB_TOOLS_USER_RECORDS_H

/* The part of cdb-tools.h that reads cdb/auth/users.cdb: for authd and userdb. */
#include <stdbool.h>
#include <stddef.h>
#include "lib/addr.h"
#include "lib/table.h"

#define USER_HASH_MAX  255 /* bytes, with its {SCHEME} */
#define USER_LABEL_MAX 64  /* bytes; also of protocols */
struct user_record {
	char mailbox[ADDR_MAILBOX_MAX + 1];
	bool disabled;
	char hash[USER_HASH_MAX + 1];
	char label[USER_LABEL_MAX + 1], protocols[USER_LABEL_MAX + 1];
};
/* login: folded to lower case.  *data, *len: its groups, for user_next; they
 * point into the map.  1, 0: no such login, -1. */
int user_lookup(struct table *t, const char *login, const char **data,
    size_t *len);
/* The next group: 1, 0: no more, -1: damaged (EBADMSG). */
int user_next(struct user_record *u, const char **data, size_t *len);

/* Is this the password of that hash ("{ARGON2ID}$argon2id$...")?  1, 0, or -1:
 * a scheme that cannot be verified here (ENOSYS), no memory (ENOMEM).  Takes
 * milliseconds.  Thread-safe. */
int password_check(const char *hash, const char *password);

#endif
