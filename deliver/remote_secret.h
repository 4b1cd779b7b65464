/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_SECRET_H
#define DELIVER_REMOTE_SECRET_H

/* etc/smarthost-auth: "NAME user password" a line; the password is the rest of
 * it.  Read when a session needs it, kept no longer than that. */

#include <stdbool.h>
#include "lib/line.h"

#define SECRET_PART_SIZE 512 /* bytes of a user or password, NUL included */
#define SECRET_FILE      "etc/smarthost-auth"
#define SECRET_FILE_MAX  65536

struct remote_secret {
	char user[SECRET_PART_SIZE];
	char password[SECRET_PART_SIZE];
};
/* 0, or -1 with words for people: the file, what is wrong, what to do.  The
 * caller wipes it. */
int remote_secret_get(
    struct remote_secret *secret, const char *name, const char **why);
/* etccheck's: each line that is none is an error, in whose words no secret
 * stands.  false: there is a file, and it is not ours to read. */
bool remote_secret_check(struct line_errors *errors);

#endif
