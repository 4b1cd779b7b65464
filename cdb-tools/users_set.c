/* SPDX-License-Identifier: ISC */
/* login=, quota= and messages=: on the command line of add, and by set and unset. */
#include <string.h>
#include <strings.h>
#include "cdb-tools/users_change.h"
#include "cdb-tools/users_edit.h"
#include "cdb-tools/users_parts.h"
#include "lib/log.h"

#define PART_SIZE 24 /* bytes of a quota's text, NUL included */

/* Appends an extra. */
static void
cat_extra(stralloc *extras, const char *s, size_t len)
{
	sa_cats(extras, extras->len ? " " : "");
	sa_catb(extras, s, len);
}

/* The parts of a quota rule, as they stand there. */
static void
split_rule(char parts[2][PART_SIZE], struct users_span rule)
{
	struct users_span text;
	enum users_part part;
	uint64_t n;

	rule.s += strlen(USERS_QUOTA);
	rule.len -= strlen(USERS_QUOTA);
	while (users_quota_part(&rule, &part, &text, &n) == 1)
		if (text.len < PART_SIZE) {
			memcpy(parts[part], text.s, text.len);
			parts[part][text.len] = 0;
		}
}

/* Gives the one rule another part ("": none).  Was there such a part? */
static bool
set_part(stralloc *extras, enum users_part part, const char *text)
{
	struct users_span rest = { extras->s, extras->len }, item;
	char parts[2][PART_SIZE] = { "", "" };
	stralloc out = { 0 };
	bool found;

	while (users_extra(&rest, &item))
		if (users_is(&item, USERS_QUOTA))
			split_rule(parts, item);
		else
			cat_extra(&out, item.s, item.len);
	found = *parts[part];
	strcpy(parts[part], text);
	if (*parts[0] || *parts[1])
		cat_extra(&out, USERS_QUOTA, strlen(USERS_QUOTA));
	if (*parts[USERS_STORAGE]) {
		sa_cats(&out, "storage=");
		sa_cats(&out, parts[USERS_STORAGE]);
	}
	if (*parts[USERS_MESSAGES]) {
		sa_cats(&out, *parts[USERS_STORAGE] ? ":messages=" : "messages=");
		sa_cats(&out, parts[USERS_MESSAGES]);
	}
	sa_copy(extras, &out);
	sa_free(&out);
	return found;
}

static void
set_quota(stralloc *extras, const char *arg)
{
	char text[PART_SIZE];
	const char *size = arg + strlen("quota=");
	size_t len = strlen(size);
	uint64_t bytes;

	if (len + 1 >= sizeof text || !users_size(&bytes, size, len, 1))
		log_fatal(100, "'", arg,
		    "' is no size; write quota=500M (or K, "
		    "G, T)");
	memcpy(text, size, len + 1);
	if (size[len - 1] >= '0' && size[len - 1] <= '9')
		strcpy(text + len, "B"); /* Dovecot takes kibibytes otherwise */
	set_part(extras, USERS_STORAGE, bytes ? text : "");
}

static void
set_messages(stralloc *extras, const char *arg)
{
	const char *text = arg + strlen("messages=");
	size_t len = strlen(text);
	uint64_t n;

	if (len >= PART_SIZE || len != strspn(text, "0123456789") ||
	    !users_size(&n, text, len, 1))
		log_fatal(100, "'", arg,
		    "' is no number; write messages=1000");
	set_part(extras, USERS_MESSAGES, n ? text : "");
}

void
users_argument(stralloc *extras, const char *arg)
{
	if (strpbrk(arg, " \t\r\n"))
		log_fatal(100, "no blanks in '", arg, "'");
	if (!strncmp(arg, "login=", 6))
		cat_extra(extras, arg, strlen(arg));
	else if (!strncmp(arg, "quota=", 6))
		set_quota(extras, arg);
	else if (!strncmp(arg, "messages=", 9))
		set_messages(extras, arg);
	else
		log_fatal(100, "'", arg,
		    "' is not understood; write "
		    "login=ADDRESS, quota=SIZE or messages=N");
}

/* The extras without what arg (login=ADDRESS, quota, messages) is about: was
 * there any? */
static bool
drop(stralloc *extras, const char *arg)
{
	struct users_span rest = { extras->s, extras->len }, item;
	stralloc out = { 0 };
	bool found = false;

	if (strncmp(arg, "login=", 6) != 0)
		return set_part(extras,
		    *arg == 'q' ? USERS_STORAGE : USERS_MESSAGES, "");
	while (users_extra(&rest, &item))
		if (item.len == strlen(arg) &&
		    !strncasecmp(item.s, arg, item.len))
			found = true;
		else
			cat_extra(&out, item.s, item.len);
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
		    strcmp(args[i], "messages") != 0 &&
		    strncmp(args[i], "login=", 6) != 0)
			log_fatal(100, "'", args[i],
			    "' is not understood; write login=ADDRESS, quota "
			    "or messages");
		/* a login name that is there is there once */
		was = (!on || !strncmp(args[i], "login=", 6)) &&
		      drop(&extras, args[i]);
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
