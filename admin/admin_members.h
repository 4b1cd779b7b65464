/* SPDX-License-Identifier: ISC */
#ifndef ADMIN_ADMIN_MEMBERS_H
#define ADMIN_ADMIN_MEMBERS_H

/* Whom admind serves: root, p-admin, and the members of a group. */
#include <stdbool.h>
#include <sys/types.h>
#include "lib/sa.h"

/* The system's files, read by us: no library of name services runs in here, so
 * a group that is elsewhere (LDAP) is named by its number. */
#define MEMBERS_GROUPS "/etc/group"
#define MEMBERS_PASSWD "/etc/passwd"
#define MEMBERS_FILE_MAX ((size_t)16 << 20) /* bytes of such a file */

/* Is the peer one?  The groups are those it had when it connected. */
bool members_has(int conn);
/* "name:x:number:..." of such a text: the number of the name.  1 or 0. */
int members_number(
    unsigned long *number, const char *text, size_t len, const char *name);
/* The name of the number, or "-". */
void members_name(
    stralloc *out, const char *text, size_t len, unsigned long number);
/* The name of a uid by MEMBERS_PASSWD, or "-". */
void members_uid_name(stralloc *out, uid_t uid);

#endif
