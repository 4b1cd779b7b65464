/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_show.h"
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/users_file.h"
#include "cdb-tools/users_hash.h"
#include "lib/log.h"

#define KEPT         "the tables stay as they were"
#define PASSWORD_MAX 512 /* bytes of a line on stdin */

static bool
is_foreign(const struct user *user)
{
	struct users_span scheme = users_scheme(&user->field[USERS_HASH]);

	return scheme.len != 8 || strncasecmp(scheme.s, "ARGON2ID", 8) != 0;
}

static bool
is_never(const struct user *user)
{
	return users_hash_never(&user->field[USERS_HASH]) != NULL;
}

/* A hash that is not ours, or none, is no error, but worth knowing. */
static void
cat_foreign(stralloc *out, const struct users *u, const struct user *user)
{
	struct users_span scheme = users_scheme(&user->field[USERS_HASH]);
	const char *never = users_hash_never(&user->field[USERS_HASH]), *s;
	size_t len;

	s = users_name(u, user, &len);
	sa_cats(out, USERS_TEXT ":");
	sa_catul(out, user->line);
	sa_cats(out, ": ");
	sa_catb(out, s, len);
	if (never) {
		sa_cats(out, " has a hash that no password fits: ");
		sa_cats(out, never);
		sa_cats(out, "; 'userdb passwd ");
	} else {
		sa_cats(out, " has a hash of another system, {");
		sa_catb(out, scheme.s, scheme.len);
		sa_cats(out, "}; it works, 'userdb passwd ");
	}
	sa_catb(out, s, len);
	sa_cats(out, "' makes a new password\n");
}

static void
json_names(stralloc *out, const struct users *u, const char *key,
    bool (*is)(const struct user *user))
{
	const char *s, *comma = "";
	size_t i, len;

	sa_cats(out, ",\"");
	sa_cats(out, key);
	sa_cats(out, "\":[");
	for (i = 0; i < u->n; i++) {
		if (!is(&u->user[i]))
			continue;
		sa_cats(out, comma);
		comma = ",";
		s = users_name(u, &u->user[i], &len);
		tool_json(out, s, len);
	}
	sa_append(out, ']');
}

static void
check_json(stralloc *out, const struct users *u)
{
	sa_cats(out, u->errors.n ? "{\"ok\":false" : "{\"ok\":true");
	tool_json_errors(out, "errors", &u->errors);
	sa_cats(out, ",\"mailboxes\":");
	sa_catul(out, u->n);
	json_names(out, u, "foreign", is_foreign);
	json_names(out, u, "never", is_never);
	sa_cats(out, "}\n");
}

int
users_check(const struct tool *t)
{
	stralloc out = { 0 };
	struct users u;
	size_t i;
	int code;

	users_load(&u, NULL);
	code = u.errors.n ? 100 : 0;
	if (t->json)
		check_json(&out, &u);
	for (i = 0; !t->json && i < u.n; i++)
		if (is_foreign(&u.user[i]) || is_never(&u.user[i]))
			cat_foreign(&out, &u, &u.user[i]);
	tool_print(&out);
	if (!t->json)
		tool_sources(&u.errors, KEPT);
	sa_free(&out);
	users_free(&u);
	return code;
}

/* One of the login's passwords?  1: yes; 0; -1; *u is the one that fits. */
static int
try_passwords(
    struct user_record *u, const char *data, size_t len, const char *password)
{
	int more, r = 0;

	while ((more = user_next(u, &data, &len)) == 1) {
		r = password_check(u->hash, password);
		if (r != 0)
			return r;
	}
	return more == -1 ? -1 : 0;
}

void
users_verify(const char *name)
{
	char password[PASSWORD_MAX + 1];
	struct user_record u;
	struct table t;
	const char *data;
	stralloc login = { 0 };
	size_t len;
	int r;

	tool_read_line(password, sizeof password, "the password");
	sa_copys(&login, name);
	sa_lower(&login);
	sa_0(&login);
	table_init(&t, USERS_CDB);
	r = user_lookup(&t, login.s, &data, &len);
	if (r == -1)
		tool_unread(USERS_CDB, "userdb");
	if (r == 0)
		log_fatal(1, "unknown: no mailbox or login name ", login.s);
	r = try_passwords(&u, data, len, password);
	explicit_bzero(password, sizeof password);
	if (r == -1)
		log_fatalsys(111, "unable to verify the password of ", login.s);
	if (r == 0)
		log_fatal(1, "wrong password for ", login.s);
	if (u.disabled)
		log_fatal(1, "right password, but ", u.mailbox,
		    " is disabled; 'userdb enable ", u.mailbox, "' lets it in");
	table_close(&t);
	sa_free(&login);
}
