/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_edit.h"
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "cdb-tools/password_make.h"
#include "cdb-tools/users_revoke.h"
#include "cdb-tools/users_write.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define KEPT USERS_TEXT " and the tables stay as they were"

/* The whole file, checked: edits begin with one that is right. */
static void
load(struct users *u, stralloc *text)
{
	users_load(u, text);
	tool_sources(&u->errors, KEPT);
}

void
users_build(void)
{
	struct users_files files;
	struct users u;

	tool_lock();
	load(&u, NULL);
	users_write(&files, &u);
	users_commit(&files);
	users_free(&u);
}

/* text becomes etc/users, if all is well with it, and the tables are made. */
static void
change(const stralloc *text)
{
	struct users_files files;
	stralloc copy = { 0 };
	struct users u;

	sa_copy(&copy, text);
	load(&u, &copy);
	users_write(&files, &u);
	if (tool_replace(USERS_TEXT, text, true) == -1) {
		unlink(files.mailboxes.tmp.s);
		unlink(files.dovecot.tmp.s);
		unlink(files.users.tmp.s);
		log_fatalsys(
		    111, "unable to write " USERS_TEXT "; nothing has changed");
	}
	users_commit(&files);
	users_free(&u);
}

struct user *
users_open(struct users *u, const char *name)
{
	struct user *user;
	stralloc shown = { 0 };
	const char *s;
	size_t n;
	long like;

	tool_lock();
	load(u, NULL);
	user = users_find(u, name);
	if (user)
		return user;
	like = names_like(&u->logins.map, name, strlen(name));
	if (like == -1)
		log_fatal(1, "no mailbox ", name, "; userdb list shows all");
	s = names_get(&u->logins, like, &n);
	sa_copyb(&shown, s, n);
	sa_0(&shown);
	log_fatal(1, "no mailbox ", name, "; did you mean ", shown.s, "?");
}

void
users_replace(struct users *u, const struct user *user,
    const struct users_span field[USERS_FIELDS])
{
	const char *text = u->r.text.s, *end = text + u->r.text.len, *s, *next;
	stralloc out = { 0 };
	int i;

	s = user->field[USERS_NAME].s;
	next = memchr(s, '\n', (size_t)(end - s));
	next = next ? next + 1 : end;
	while (!field && s > text && s[-1] != '\n')
		s--; /* blanks before a line that goes */
	sa_copyb(&out, text, (size_t)(s - text));
	for (i = 0; field && i < USERS_FIELDS; i++) {
		if (i)
			sa_append(&out, ':');
		sa_catb(&out, field[i].s, field[i].len);
	}
	if (field)
		sa_append(&out, '\n');
	sa_catb(&out, next, (size_t)(end - next));
	change(&out);
	sa_wipe(&out);
}

/* A new password; its hash goes to hash. */
static void
make_password(char password[PASSWORD_CHARS + 1], char hash[PASSWORD_HASH_SIZE])
{
	password_make(password);
	if (password_hash(hash, password) == -1)
		log_fatal(111, "not enough memory to hash a password");
}

static void
print_password(char password[PASSWORD_CHARS + 1])
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
	load(&u, NULL);
	if (users_find(&u, name))
		log_fatal(1, "mailbox ", folded.s,
		    " is there already (" USERS_TEXT " line ",
		    log_num(users_find(&u, name)->line), ")");
	make_password(password, hash);
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
	change(&text);
	print_password(password);
	sa_wipe(&text);
	sa_free(&folded);
	users_free(&u);
}

void
users_passwd(const char *name)
{
	char password[PASSWORD_CHARS + 1], hash[PASSWORD_HASH_SIZE];
	struct users_span field[USERS_FIELDS];
	struct user *user;
	struct users u;

	user = users_open(&u, name);
	make_password(password, hash);
	memcpy(field, user->field, sizeof field);
	field[USERS_HASH] = (struct users_span){ hash, strlen(hash) };
	users_replace(&u, user, field);
	print_password(password);
	users_revoke(&u, user);
	users_free(&u);
}

/* The extras without nologin, or with it. */
static void
set_nologin(struct users *u, const struct user *user, bool on)
{
	struct users_span field[USERS_FIELDS], rest, item;
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
	users_replace(u, user, field);
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
