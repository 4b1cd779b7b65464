/* SPDX-License-Identifier: ISC */
/* Changing lines of etc/users, and making the tables of it. */
#include "cdb-tools/users_change.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/notes.h"
#include "cdb-tools/users_hash.h"
#include "cdb-tools/users_revoke.h"
#include "cdb-tools/users_write.h"
#include "lib/log.h"

#define KEPT USERS_TEXT " and the tables stay as they were"

/* What was edited by hand since the last build: each command compiles it. */
static struct users_stale stale;

void
users_load_right(struct users *u, stralloc *text)
{
	bool edited = !text; /* else it is a change of ours */

	users_load(u, text);
	tool_sources(&u->errors, KEPT);
	if (edited)
		users_changed(&stale, u);
	if (stale.n && access(USERS_TEXT, F_OK) == -1 && errno == ENOENT)
		log_fatal(100, USERS_TEXT " is gone, and ", log_num(stale.n),
		    " mailboxes would go with it: put it back, or make an "
		    "empty file if you mean it; the tables stay as they were");
}

static void
commit(struct users_files *files)
{
	users_commit(files);
	users_revoke_stale(&stale);
}

/* Locked on purpose ('*', '!') is well. */
static void
warn_of_hashes(const struct users *u)
{
	const struct users_span *hash;
	size_t i, n = 0;

	for (i = 0; i < u->n; i++) {
		hash = &u->user[i].field[USERS_HASH];
		n += users_hash_never(hash) && !users_hash_locks(hash);
	}
	if (n)
		log_warn(log_num(n), n == 1 ? " mailbox has a hash" :
		    " mailboxes have hashes", " that no password fits; "
		    "'userdb check' names them");
}

void
users_build(void)
{
	struct users_files files;
	struct notes notes;
	struct users u;

	tool_lock();
	notes_begin(&notes, NOTES_USERS);
	users_load_right(&u, NULL);
	users_write(&files, &u);
	commit(&files);
	notes_end(&notes, false);
	warn_of_hashes(&u);
	users_free(&u);
}

void
users_text(const stralloc *text)
{
	struct users_files files;
	stralloc copy = { 0 };
	struct notes notes;
	struct users u;

	notes_begin(&notes, NOTES_USERS);
	sa_copy(&copy, text);
	users_load_right(&u, &copy);
	users_write(&files, &u);
	if (tool_replace(USERS_TEXT, text, true) == -1) {
		outfile_drop();
		log_fatalsys(
		    111, "unable to write " USERS_TEXT, tool_eacces("userdb"),
		    "; nothing has changed");
	}
	commit(&files);
	notes_end(&notes, true);
	users_free(&u);
}

/* A mailbox, or a login name of one, that name was meant to be. */
static void
no_mailbox(const struct users *u, const char *name, long like)
{
	const struct users_app *app = users_app_of(u, like);
	const struct user *user = &u->user[app ? app->user : u->owner[like]];
	stralloc meant = { 0 }, login = { 0 };
	const char *s;
	size_t n;

	s = users_name(u, user, &n);
	sa_copyb(&meant, s, n);
	sa_0(&meant);
	s = names_get(&u->logins, like, &n);
	sa_copyb(&login, s, n);
	sa_0(&login);
	if (like == user->login)
		log_fatal(
		    1, "no mailbox ", name, "; did you mean ", meant.s, "?");
	log_fatal(1, "no mailbox ", name, "; did you mean ", meant.s,
	    ", which has the login name ", login.s, "?");
}

struct user *
users_open(struct users *u, const char *name)
{
	struct user *user;
	long like;

	tool_lock();
	users_load_right(u, NULL);
	user = users_find(u, name);
	if (user)
		return user;
	like = names_like(&u->logins.map, name, strlen(name));
	if (like == -1)
		log_fatal(1, "no mailbox ", name, "; userdb list shows all");
	no_mailbox(u, name, like);
	return NULL;
}

/* Where the line of this place in the text begins and ends. */
static void
bounds(const struct users *u, const char *at, size_t *from, size_t *to)
{
	const char *text = u->r.text.s, *end = text + u->r.text.len, *next;

	next = memchr(at, '\n', (size_t)(end - at));
	*to = next ? (size_t)(next + 1 - text) : u->r.text.len;
	while (at > text && at[-1] != '\n')
		at--;
	*from = (size_t)(at - text);
}

void
users_line(const struct users *u, struct users_changes *ch,
    const struct users_span was[USERS_FIELDS],
    const struct users_span field[USERS_FIELDS])
{
	struct users_change *c = &ch->change[ch->n++];
	int i;

	*c = (struct users_change){ 0 };
	bounds(u, was[USERS_NAME].s, &c->from, &c->to);
	for (i = 0; field && i < USERS_FIELDS; i++) {
		if (i)
			sa_append(&c->text, ':');
		sa_catb(&c->text, field[i].s, field[i].len);
	}
	if (field)
		sa_append(&c->text, '\n');
}

void
users_line_behind(const struct users *u, struct users_changes *ch,
    const struct users_span behind[USERS_FIELDS], const stralloc *line)
{
	struct users_change *c = &ch->change[ch->n++];

	*c = (struct users_change){ 0 };
	bounds(u, behind[USERS_NAME].s, &c->from, &c->to);
	c->from = c->to;
	if (c->to && u->r.text.s[c->to - 1] != '\n')
		sa_append(&c->text, '\n');
	sa_cat(&c->text, line);
	sa_append(&c->text, '\n');
}

static int
by_place(const void *a, const void *b)
{
	const struct users_change *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

void
users_apply(const struct users *u, struct users_changes *ch)
{
	stralloc out = { 0 };
	size_t i, at = 0;

	qsort(ch->change, ch->n, sizeof *ch->change, by_place);
	for (i = 0; i < ch->n; i++) {
		sa_catb(&out, u->r.text.s + at, ch->change[i].from - at);
		sa_cat(&out, &ch->change[i].text);
		at = ch->change[i].to;
		sa_wipe(&ch->change[i].text);
	}
	sa_catb(&out, u->r.text.s + at, u->r.text.len - at);
	users_text(&out);
	sa_wipe(&out);
}
