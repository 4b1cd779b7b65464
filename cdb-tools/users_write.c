/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_write.h"
#include <limits.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/cdb-tools.h"
#include "lib/log.h"
#include "lib/service.h"

#define OUTPUT_CHUNK 65536

static void
cat_netstring(stralloc *out, const char *s, size_t len)
{
	sa_catul(out, len);
	sa_append(out, ':');
	sa_catb(out, s, len);
	sa_append(out, ',');
}

static const char *
state(bool disabled)
{
	return disabled ? "disabled" : "ok";
}

static void
add_span(crypto_generichash_state *st, const struct users_span *span)
{
	crypto_generichash_update(
	    st, (const unsigned char *)span->s, span->len);
}

/* Changes with every password and the state: sessions of another epoch end.
 * A new app password ends them too; no harm, and there is no state to keep. */
void
users_epoch(char hex[USERS_EPOCH_SIZE], const struct users *u,
    const struct user *user)
{
	unsigned char h[crypto_generichash_BYTES_MIN];
	crypto_generichash_state st;
	const struct users_app *app;

	crypto_generichash_init(&st, NULL, 0, sizeof h);
	crypto_generichash_update(&st, (const unsigned char *)state(user->disabled),
	    strlen(state(user->disabled)) + 1);
	add_span(&st, &user->field[USERS_HASH]);
	for (app = users_app_next(u, user->app); app;
	     app = users_app_next(u, app->next)) {
		add_span(&st, &app->field[USERS_HASH]);
		add_span(&st, &app->field[USERS_EXTRAS]);
	}
	crypto_generichash_final(&st, h, sizeof h);
	sodium_bin2hex(hex, USERS_EPOCH_SIZE, h, USERS_EPOCH_SIZE / 2);
}

static void
put_mailbox(struct outfile *o, const struct users *u, const struct user *user,
    stralloc *key, stralloc *data)
{
	char epoch[USERS_EPOCH_SIZE];
	stralloc quota = { 0 };
	const char *name;
	size_t len;

	name = users_name(u, user, &len);
	sa_copys(key, "m");
	sa_catb(key, name, len);
	sa_clear(data);
	cat_netstring(data, name, len); /* its folder */
	sa_catul(&quota, user->quota);
	cat_netstring(data, quota.s, quota.len);
	cat_netstring(
	    data, state(user->disabled), strlen(state(user->disabled)));
	users_epoch(epoch, u, user);
	cat_netstring(data, epoch, strlen(epoch));
	if (user->messages) {
		sa_clear(&quota);
		sa_catul(&quota, user->messages);
		cat_netstring(data, quota.s, quota.len);
	}
	outfile_put(o, key->s, key->len, data->s, data->len);
	sa_free(&quota);
}

/* One password of a login: a group of its record. */
static void
cat_group(stralloc *data, const struct users *u, const struct user *user,
    const struct users_app *app)
{
	const char *st = state(user->disabled || (app && app->disabled)), *s;
	const struct users_span *hash =
	    app ? &app->field[USERS_HASH] : &user->field[USERS_HASH];
	struct users_span none = { "", 0 };
	struct users_span label = app ? app->label : none;
	struct users_span protocols = app ? app->protocols : none;
	size_t len;

	s = users_name(u, user, &len);
	cat_netstring(data, s, len);
	cat_netstring(data, st, strlen(st));
	cat_netstring(data, hash->s, hash->len);
	cat_netstring(data, label.s, label.len);
	cat_netstring(data, protocols.s, protocols.len);
}

/* By each of its names a mailbox has all its passwords; mailbox+label is a
 * name for that one, as at Dovecot. */
static void
put_login(struct outfile *o, const struct users *u, long id, stralloc *key,
    stralloc *data)
{
	const struct users_app *app = users_app_of(u, id);
	const struct user *user;
	const char *s;
	size_t len;

	s = names_get(&u->logins, id, &len);
	sa_copys(key, "u");
	sa_catb(key, s, len);
	sa_clear(data);
	if (app) {
		cat_group(data, u, &u->user[app->user], app);
	} else {
		user = &u->user[u->owner[id]];
		cat_group(data, u, user, NULL);
		for (app = users_app_next(u, user->app); app;
		     app = users_app_next(u, app->next))
			cat_group(data, u, user, app);
	}
	outfile_put(o, key->s, key->len, data->s, data->len);
}

/* What the line leaves empty, Dovecot must know: account and folder. */
static void
cat_place(stralloc *out, const struct user *user, const char *name, size_t len)
{
	static char home[PATH_MAX];
	const struct users_span *f = user->field;

	if (!home[0] && !getcwd(home, sizeof home))
		log_fatalsys(111, "unable to tell the home's path");
	if (f[USERS_UID].len)
		sa_catb(out, f[USERS_UID].s, f[USERS_UID].len);
	else
		sa_catul(out, service_uid("p-mail"));
	sa_append(out, ':');
	if (f[USERS_GID].len)
		sa_catb(out, f[USERS_GID].s, f[USERS_GID].len);
	else
		sa_catul(out, service_uid("p-mail"));
	sa_cats(out, "::");
	if (f[USERS_HOME].len) {
		sa_catb(out, f[USERS_HOME].s, f[USERS_HOME].len);
	} else {
		sa_cats(out, home);
		sa_cats(out, "/mail/");
		sa_catb(out, name, len);
	}
	sa_cats(out, "::");
}

/* Is it for Dovecot, which serves IMAP? */
static bool
is_for_imap(const struct users_app *app)
{
	return !app->protocols.len ||
	       memmem(app->protocols.s, app->protocols.len, "imap", 4);
}

/* Dovecot takes one password a name: an app password is mailbox+label there. */
static void
cat_dovecot(stralloc *out, const struct users *u, long id)
{
	const struct users_app *app = users_app_of(u, id);
	const struct user *user = &u->user[app ? app->user : u->owner[id]];
	const struct users_span *hash =
	    app ? &app->field[USERS_HASH] : &user->field[USERS_HASH];
	struct users_span rest = user->field[USERS_EXTRAS], item;
	const char *s, *name;
	size_t len;

	if (app && !is_for_imap(app))
		return;
	s = names_get(&u->logins, id, &len);
	sa_catb(out, s, len);
	sa_append(out, ':');
	sa_catb(out, hash->s, hash->len);
	sa_append(out, ':');
	name = users_name(u, user, &len);
	cat_place(out, user, name, len);
	sa_cats(out, "user=");
	sa_catb(out, name, len);
	while (users_extra(&rest, &item)) {
		if (users_is(&item, "login="))
			continue;
		sa_append(out, ' ');
		sa_catb(out, item.s, item.len);
	}
	if (app && app->disabled && !user->disabled)
		sa_cats(out, " nologin");
	sa_append(out, '\n');
}

static void
write_dovecot(struct outfile *o, const struct users *u)
{
	stralloc out = { 0 };
	long id;

	sa_copys(&out, "# Made by userdb from " USERS_TEXT ": change that.\n");
	for (id = 0; id < (long)u->logins.map.n; id++) {
		cat_dovecot(&out, u, id);
		if (out.len > OUTPUT_CHUNK) {
			outfile_write(o, out.s, out.len);
			sa_clear(&out);
		}
	}
	outfile_write(o, out.s, out.len);
	sa_wipe(&out);
}

void
users_write(struct users_files *f, const struct users *u)
{
	stralloc key = { 0 }, data = { 0 };
	size_t i;
	long id;

	outfile_begin(&f->mailboxes, MAILBOXES_CDB, NULL);
	outfile_cdb(&f->mailboxes);
	for (i = 0; i < u->n; i++)
		put_mailbox(&f->mailboxes, u, &u->user[i], &key, &data);
	outfile_ready(&f->mailboxes);

	outfile_begin(&f->dovecot, USERS_DOVECOT, "p-auth");
	write_dovecot(&f->dovecot, u);
	outfile_ready(&f->dovecot);

	outfile_begin(&f->users, USERS_CDB, "p-auth");
	outfile_cdb(&f->users);
	for (id = 0; id < (long)u->logins.map.n; id++)
		put_login(&f->users, u, id, &key, &data);
	outfile_ready(&f->users);
	sa_free(&key);
	sa_wipe(&data);
}

/* users.cdb last: make takes its time for the time of all three. */
void
users_commit(struct users_files *f)
{
	outfile_commit(&f->mailboxes);
	outfile_commit(&f->dovecot);
	outfile_commit(&f->users);
}
