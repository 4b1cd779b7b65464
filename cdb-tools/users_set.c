/* SPDX-License-Identifier: ISC */
/* login= and quota=: on the command line of add, and by set and unset. */
#include <string.h>
#include <strings.h>
#include "cdb-tools/users_change.h"
#include "cdb-tools/users_edit.h"
#include "lib/log.h"

#define QUOTA "userdb_quota_rule=*:"

void
users_argument(stralloc *extras, const char *arg)
{
	uint64_t bytes;

	if (strpbrk(arg, " \t\r\n"))
		log_fatal(100, "no blanks in '", arg, "'");
	if (!strncmp(arg, "login=", 6)) {
		sa_cats(extras, extras->len ? " " : "");
		sa_cats(extras, arg);
		return;
	}
	if (strncmp(arg, "quota=", 6) != 0)
		log_fatal(100, "'", arg,
		    "' is not understood; write "
		    "login=ADDRESS or quota=SIZE");
	if (!users_size(&bytes, arg + 6, strlen(arg + 6), 1))
		log_fatal(100, "'", arg,
		    "' is no size; write quota=500M (or K, "
		    "G, T)");
	if (!bytes)
		return;
	sa_cats(extras, extras->len ? " " : "");
	sa_cats(extras, QUOTA "storage=");
	sa_cats(extras, arg + 6);
	if (arg[strlen(arg) - 1] >= '0' && arg[strlen(arg) - 1] <= '9')
		sa_append(extras, 'B'); /* Dovecot takes kibibytes otherwise */
}

/* Is this extra what the word of set or unset is about? */
static bool
is_about(const struct users_span *item, const char *arg)
{
	if (!strncmp(arg, "quota", 5))
		return users_is(item, QUOTA);
	return item->len == strlen(arg) &&
	       !strncasecmp(item->s, arg, item->len);
}

/* The extras without what arg is about: was there any? */
static bool
drop(stralloc *extras, const char *arg)
{
	struct users_span rest = { extras->s, extras->len }, item;
	stralloc out = { 0 };
	bool found = false;

	while (users_extra(&rest, &item)) {
		if (is_about(&item, arg)) {
			found = true;
			continue;
		}
		sa_cats(&out, out.len ? " " : "");
		sa_catb(&out, item.s, item.len);
	}
	sa_copy(extras, &out);
	sa_free(&out);
	return found;
}

void
users_set(const char *name, char **args, int nargs, bool on)
{
	struct users_span field[USERS_FIELDS];
	struct users_changes ch = { .n = 0 };
	stralloc extras = { 0 };
	struct user *user;
	struct users u;
	bool was;
	int i;

	user = users_open(&u, name);
	memcpy(field, user->field, sizeof field);
	sa_copyb(&extras, field[USERS_EXTRAS].s, field[USERS_EXTRAS].len);
	for (i = 0; i < nargs; i++) {
		if (!on && strcmp(args[i], "quota") != 0 &&
		    strncmp(args[i], "login=", 6) != 0)
			log_fatal(100, "'", args[i],
			    "' is not understood; write login=ADDRESS or "
			    "quota");
		was = drop(&extras, args[i]);
		if (on)
			users_argument(&extras, args[i]);
		else if (!was)
			log_fatal(1, name, " has no ", args[i],
			    "; userdb list shows what it has");
	}
	field[USERS_EXTRAS] = (struct users_span){ extras.s, extras.len };
	users_line(&u, &ch, user->field, field);
	users_apply(&u, &ch);
	sa_free(&extras);
	users_free(&u);
}
