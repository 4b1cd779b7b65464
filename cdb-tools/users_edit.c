/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_edit.h"
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/password_make.h"
#include "cdb-tools/users_app.h"
#include "cdb-tools/users_change.h"
#include "cdb-tools/users_hash.h"
#include "cdb-tools/users_revoke.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/safefile.h"

void
users_password(char password[PASSWORD_CHARS + 1], char hash[PASSWORD_HASH_SIZE])
{
	tool_need_stdout();
	password_make(password);
	if (password_hash(hash, password) == -1)
		log_fatal(111, "not enough memory to hash a password");
}

/* A password that nobody knows is none: the text is what it was. */
static void __attribute__((noreturn))
take_back(const struct users *u, const char *mailbox)
{
	log_warnsys("unable to write the password to stdout; the change is "
	    "taken back now (should that fail, it stands, and 'userdb passwd ",
	    mailbox, "' makes another one)");
	users_text(&u->r.text);
	log_fatal(111, "the change is taken back: nothing has changed");
}

void
users_print_password(const struct tool *t, const struct users *u,
    const char *mailbox, char password[PASSWORD_CHARS + 1])
{
	stralloc out = { 0 };
	int rc;

	if (t->json) {
		sa_append(&out, '{');
		tool_json_pair(&out, "mailbox", mailbox);
		tool_json_pair(&out, "password", password);
		sa_append(&out, '}');
	} else {
		sa_copys(&out, password);
	}
	sa_append(&out, '\n');
	rc = tool_try_print(&out);
	sa_wipe(&out);
	explicit_bzero(password, PASSWORD_CHARS + 1);
	if (rc == -1)
		take_back(u, mailbox);
}

/* A hash of another system, from the command line or stdin, behind its {SCHEME}.
 */
static void
take_hash(stralloc *out, const char *arg)
{
	struct users_span hash;
	char line[USER_HASH_MAX + 3];

	if (!strcmp(arg, "-"))
		tool_read_line(line, sizeof line, "the hash");
	users_schemed(out, strcmp(arg, "-") ? arg : line);
	if (strpbrk(out->s, ": \t\r\n"))
		log_fatal(100, "a hash has no colon and no blank in it");
	hash = (struct users_span){ out->s, out->len };
	if (users_hash_fault(&hash))
		log_fatal(100, users_hash_fault(&hash));
	if (!users_hash_likely(&hash))
		log_fatal(100, "this looks like no hash, but like a password: "
			       "give what crypt(3) made, as in /etc/shadow");
	if (users_hash_never(&hash))
		log_fatal(100, "no password ever fits this hash: ",
		    users_hash_never(&hash), users_hash_locks(&hash) ?
		    " (without --hash, 'userdb disable' shuts a mailbox)" : "");
	if (password_check(out->s, "") == -1)
		log_fatal(100, "crypt(3) of this machine cannot verify this "
			       "hash: passwords of its kind work nowhere here");
}

static void
check_name(stralloc *folded, const char *name)
{
	sa_copys(folded, name);
	sa_lower(folded);
	sa_0(folded);
	if (!addr_is_mailbox(folded->s, folded->len))
		log_fatal(100, "'", name,
		    "' cannot be a mailbox; write 1 to 32 "
		    "of a-z 0-9 . _ -, a letter or digit first");
}

/* Mail of a mailbox that was removed is the next one's, of the same name. */
static void
warn_of_mail(const stralloc *name)
{
	stralloc path = { 0 };

	sa_copys(&path, "mail/");
	sa_cat(&path, name);
	sa_0(&path);
	if (access(path.s, F_OK) == 0)
		log_warn(path.s,
		    " is there already: its mail is this mailbox's now; "
		    "'userdb remove --purge' deletes it");
	sa_free(&path);
}

int
users_add(const struct tool *t, const char *name, char **args, int nargs)
{
	char password[PASSWORD_CHARS + 1], made[PASSWORD_HASH_SIZE];
	stralloc text = { 0 }, folded = { 0 }, hash = { 0 }, extras = { 0 };
	struct users u;
	int i;

	check_name(&folded, name);
	if (t->hash)
		take_hash(&hash, t->hash);
	for (i = 0; i < nargs; i++)
		users_argument(&extras, args[i]);
	tool_lock();
	users_load_right(&u, NULL);
	if (users_find(&u, name))
		log_fatal(1, "mailbox ", folded.s,
		    " is there already (" USERS_TEXT " line ",
		    log_num(users_find(&u, name)->line), ")");
	if (!t->hash) {
		users_password(password, made);
		sa_copys(&hash, made);
	}
	sa_copy(&text, &u.r.text);
	if (text.len && text.s[text.len - 1] != '\n')
		sa_append(&text, '\n');
	sa_cat(&text, &folded);
	sa_append(&text, ':');
	sa_cat(&text, &hash);
	sa_cats(&text, "::::::");
	sa_cat(&text, &extras);
	sa_append(&text, '\n');
	users_text(&text);
	if (t->hash)
		tool_done(t);
	else
		users_print_password(t, &u, folded.s, password);
	warn_of_mail(&folded);
	sa_wipe(&text);
	sa_wipe(&hash);
	sa_free(&folded);
	sa_free(&extras);
	users_free(&u);
	return 0;
}

/* In normal form. */
static void
copy_name(char mailbox[ADDR_MAILBOX_MAX + 1], const struct users *u,
    const struct user *user)
{
	size_t len;
	const char *s = users_name(u, user, &len);

	memcpy(mailbox, s, len);
	mailbox[len] = 0;
}

int
users_passwd(const struct tool *t, const char *name)
{
	char password[PASSWORD_CHARS + 1], hash[PASSWORD_HASH_SIZE];
	char mailbox[ADDR_MAILBOX_MAX + 1];
	struct users_span field[USERS_FIELDS];
	struct users_changes ch = { .n = 0 };
	struct user *user;
	struct users u;

	user = users_open(&u, name);
	users_password(password, hash);
	memcpy(field, user->field, sizeof field);
	field[USERS_HASH] = (struct users_span){ hash, strlen(hash) };
	users_line(&u, &ch, user->field, field);
	copy_name(mailbox, &u, user);
	if (!t->keep_apps)
		users_apps_out(&u, &ch, user, true);
	users_apply(&u, &ch);
	users_print_password(t, &u, mailbox, password);
	users_revoke(&u, user);
	users_free(&u);
	return 0;
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
