/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_edit.h"
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "cdb-tools/password_make.h"
#include "cdb-tools/users_app.h"
#include "cdb-tools/users_change.h"
#include "cdb-tools/users_revoke.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/safefile.h"

void
users_password(char password[PASSWORD_CHARS + 1], char hash[PASSWORD_HASH_SIZE])
{
	password_make(password);
	if (password_hash(hash, password) == -1)
		log_fatal(111, "not enough memory to hash a password");
}

void
users_print_password(char password[PASSWORD_CHARS + 1])
{
	stralloc out = { 0 };

	sa_copys(&out, password);
	sa_append(&out, '\n');
	tool_print(&out);
	sa_wipe(&out);
	explicit_bzero(password, PASSWORD_CHARS + 1);
}

/* login=ADDRESS and quota=SIZE as extras of the file. */
static void
cat_argument(stralloc *out, const char *arg)
{
	uint64_t bytes;

	if (strpbrk(arg, " \t\r\n"))
		log_fatal(100, "no blanks in '", arg, "'");
	if (!strncmp(arg, "login=", 6)) {
		if (out->s[out->len - 1] != ':')
			sa_append(out, ' ');
		sa_cats(out, arg);
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
	if (out->s[out->len - 1] != ':')
		sa_append(out, ' ');
	sa_cats(out, "userdb_quota_rule=*:storage=");
	sa_cats(out, arg + 6);
	if (arg[strlen(arg) - 1] >= '0' && arg[strlen(arg) - 1] <= '9')
		sa_append(out, 'B'); /* Dovecot takes kibibytes otherwise */
}

void
users_add(const char *name, char **args, int nargs)
{
	char password[PASSWORD_CHARS + 1], hash[PASSWORD_HASH_SIZE];
	stralloc text = { 0 }, folded = { 0 };
	struct users u;
	int i;

	sa_copys(&folded, name);
	sa_lower(&folded);
	sa_0(&folded);
	if (!addr_is_mailbox(folded.s, folded.len))
		log_fatal(100, "'", name,
		    "' cannot be a mailbox; write 1 to 32 "
		    "of a-z 0-9 . _ -, a letter or digit first");
	tool_lock();
	users_load_right(&u, NULL);
	if (users_find(&u, name))
		log_fatal(1, "mailbox ", folded.s,
		    " is there already (" USERS_TEXT " line ",
		    log_num(users_find(&u, name)->line), ")");
	users_password(password, hash);
	sa_copy(&text, &u.r.text);
	if (text.len && text.s[text.len - 1] != '\n')
		sa_append(&text, '\n');
	sa_cat(&text, &folded);
	sa_append(&text, ':');
	sa_cats(&text, hash);
	sa_cats(&text, "::::::");
	for (i = 0; i < nargs; i++)
		cat_argument(&text, args[i]);
	sa_append(&text, '\n');
	users_text(&text);
	users_print_password(password);
	sa_wipe(&text);
	sa_free(&folded);
	users_free(&u);
}

void
users_passwd(const char *name, bool keep_apps)
{
	char password[PASSWORD_CHARS + 1], hash[PASSWORD_HASH_SIZE];
	struct users_span field[USERS_FIELDS];
	struct users_changes ch = { .n = 0 };
	struct user *user;
	struct users u;

	user = users_open(&u, name);
	users_password(password, hash);
	memcpy(field, user->field, sizeof field);
	field[USERS_HASH] = (struct users_span){ hash, strlen(hash) };
	users_line(&u, &ch, user->field, field);
	if (!keep_apps)
		users_apps_out(&u, &ch, user, true);
	users_apply(&u, &ch);
	users_print_password(password);
	users_revoke(&u, user);
	users_free(&u);
}

/* The extras without nologin, or with it. */
static void
set_nologin(struct users *u, const struct user *user, bool on)
{
	struct users_span field[USERS_FIELDS], rest, item;
	struct users_changes ch = { .n = 0 };
	stralloc extras = { 0 };

	memcpy(field, user->field, sizeof field);
	rest = field[USERS_EXTRAS];
	while (users_extra(&rest, &item)) {
		if (users_is(&item, "nologin") &&
		    (item.len == 7 || item.s[7] == '='))
			continue;
		if (extras.len)
			sa_append(&extras, ' ');
		sa_catb(&extras, item.s, item.len);
	}
	if (on)
		sa_cats(&extras, extras.len ? " nologin" : "nologin");
	field[USERS_EXTRAS] = (struct users_span){ extras.s, extras.len };
	users_line(u, &ch, user->field, field);
	users_apply(u, &ch);
	sa_free(&extras);
}

void
users_disable(const char *name)
{
	struct users u;
	struct user *user = users_open(&u, name);

	if (!user->disabled)
		set_nologin(&u, user, true);
	users_revoke(&u, user); /* also the second time: it may have failed */
	users_free(&u);
}

void
users_enable(const char *name)
{
	struct users u;
	struct user *user = users_open(&u, name);

	if (user->disabled)
		set_nologin(&u, user, false);
	users_free(&u);
}
