/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_PARTS_H
#define CDB_TOOLS_USERS_PARTS_H

/* The parts that read etc/users: for users_file.c and users_apps.c. */
#include "cdb-tools/users_file.h"

/* An error of the line being read; at: where in the text. */
void users_complain(struct users *u, const char *at, const char *what,
    const char *s, size_t len, const char *instead);
void users_split(
    struct users_span field[USERS_FIELDS], const char *s, size_t len);
void *users_grow(void *p, size_t n, size_t size);
void users_take_app(struct users *u, const char *s, size_t len);
void users_join_apps(struct users *u);
/* Adds a login name; twice is an error that names both.  Its number or -1. */
long users_add_login(struct users *u, uint32_t owner, const char *s,
    size_t len, const char *at);

/* What stands behind USERS_QUOTA, "storage=500M:messages=1000", one or both: the next
 * part, and how much it allows.  1; 0 at the end; -1: no such part. */
enum users_part { USERS_STORAGE, USERS_MESSAGES };
int users_quota_part(struct users_span *rest, enum users_part *part,
    struct users_span *text, uint64_t *n);
/* Both parts; what the rule does not say stays.  0, or -1: a part is none. */
int users_quota(uint64_t *bytes, uint64_t *messages, struct users_span rule);

#endif
