/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_USERS_FILE_H
#define CDB_TOOLS_USERS_FILE_H

/* etc/users in memory, in Dovecot's passwd-file syntax:
 * name:{SCHEME}hash:uid:gid:(gecos):home:(shell):extras, extras divided by
 * blanks.  Ours: nologin, login=ADDRESS, userdb_quota_rule=*:storage=SIZE and
 * :messages=N.  A line mailbox+label is an app password of that mailbox; its extras are
 * user=mailbox, protocols=LIST, nologin. */
#include <stdbool.h>
#include <stdint.h>
#include "cdb-tools/names.h"
#include "lib/line.h"

#define USERS_TEXT     "etc/users"
#define USERS_TEXT_MAX ((size_t)256 << 20) /* bytes */
#define USERS_ARGON2_KIB_MAX                                                   \
	131072 /* a hash that wants more memory is refused */
#define USERS_APPS_MAX 15 /* of a mailbox: authd tries 16 passwords */

enum users_field {
	USERS_NAME,
	USERS_HASH,
	USERS_UID,
	USERS_GID,
	USERS_GECOS,
	USERS_HOME,
	USERS_SHELL,
	USERS_EXTRAS,
	USERS_FIELDS
};
struct users_span {
	const char *s; /* into the text */
	size_t len;
};
struct user {
	uint32_t line;
	long login; /* the mailbox's name, among the logins */
	bool disabled;
	uint64_t quota, messages; /* bytes and their most, 0: none */
	uint32_t app, napps; /* its first app password, counted from 1; 0: none */
	struct users_span field[USERS_FIELDS];
};
/* An app password: a further password of a mailbox. */
struct users_app {
	uint32_t line, user, next; /* next: of the same mailbox, 0: none */
	long login; /* mailbox+label, among the logins */
	bool disabled;
	struct users_span label; /* in normal form; into the logins */
	struct users_span protocols; /* "pop3,smtp"; empty: all */
	struct users_span field[USERS_FIELDS];
};
struct users {
	struct line_errors errors;
	struct line_reader r;
	struct names
	    logins;      /* in normal form: mailboxes and what login= adds */
	uint32_t *owner; /* by login: which user, or USERS_APP and which app */
	struct user *user;
	size_t n;
	struct users_app *app;
	size_t napps;
};
#define USERS_APP ((uint32_t)1 << 31)

/* Reads and checks the file, or text (taken over).  A file that cannot be read
 * ends the program with 111. */
void users_load(struct users *u, stralloc *text);
void users_free(struct users *u);
/* The user of that mailbox (any case), or NULL. */
struct user *users_find(const struct users *u, const char *name);
const char *users_name(
    const struct users *u, const struct user *user, size_t *len);
/* The next extra of the user: true, or false at the end.  rest begins as
 * user->field[USERS_EXTRAS]. */
bool users_extra(struct users_span *rest, struct users_span *item);
/* Does item begin with this? */
bool users_is(const struct users_span *item, const char *prefix);
/* The app password with this login, or NULL. */
struct users_app *users_app_of(const struct users *u, long login);
/* The next app password of a user, n as the last one's next (or user->app). */
struct users_app *users_app_next(const struct users *u, uint32_t n);
/* "pop3,smtp": known names, none twice; or empty. */
bool users_is_protocols(const char *s, size_t len);
#define USERS_QUOTA "userdb_quota_rule=*:"
/* "500M": bytes; K, M, G, T and B; without a letter times unit.  1; 0 and no
 * bytes. */
int users_size(uint64_t *bytes, const char *s, size_t len, uint64_t unit);
/* The hash's scheme, without braces. */
struct users_span users_scheme(const struct users_span *hash);
/* hash behind its {SCHEME}, told from how it begins where it has none. */
void users_schemed(stralloc *out, const char *hash);
/* What is wrong with the hash and what to do, NULL when nothing is. */
const char *users_hash_fault(const struct users_span *hash);
/* May it be a hash at all, behind its {SCHEME}?  A password in the clear that was
 * given for one is not; '!' and '*' are accounts that are locked. */
bool users_hash_likely(const struct users_span *hash);

#endif
