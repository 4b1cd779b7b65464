/* SPDX-License-Identifier: ISC */
/* App passwords: the lines mailbox+label of etc/users. */
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/users_parts.h"
#include "lib/addr.h"

static const char *const protocols[] = { "pop3", "smtp", "imap" };
#define PROTOCOLS (sizeof protocols / sizeof *protocols)

/* Which of the known protocols, -1: none of them. */
static int
protocol(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < PROTOCOLS; i++)
		if (len == strlen(protocols[i]) && !memcmp(s, protocols[i], len))
			return (int)i;
	return -1;
}

bool
users_is_protocols(const char *s, size_t len)
{
	const char *comma;
	unsigned seen = 0;
	size_t n;
	int p;

	if (!len)
		return true;
	for (;;) {
		comma = memchr(s, ',', len);
		n = comma ? (size_t)(comma - s) : len;
		p = protocol(s, n);
		if (p == -1 || (seen & 1u << p))
			return false;
		seen |= 1u << p;
		if (!comma)
			return true;
		s += n + 1;
		len -= n + 1;
	}
}

/* user= must name the same mailbox; protocols and nologin are ours. */
static void
take_extras(struct users *u, struct users_app *app, const stralloc *mailbox)
{
	struct users_span rest = app->field[USERS_EXTRAS], item;

	while (users_extra(&rest, &item)) {
		if (item.len == 7 && users_is(&item, "nologin")) {
			app->disabled = true;
		} else if (users_is(&item, "protocols=")) {
			app->protocols =
			    (struct users_span){ item.s + 10, item.len - 10 };
			if (!users_is_protocols(item.s + 10, item.len - 10))
				users_complain(u, item.s, "'", item.s,
				    item.len,
				    "' is not understood; write protocols= "
				    "and of pop3,smtp,imap what it is for");
		} else if (users_is(&item, "user=") &&
			   (item.len - 5 != mailbox->len ||
			       memcmp(item.s + 5, mailbox->s, mailbox->len) !=
				   0)) {
			users_complain(u, item.s, "'", item.s, item.len,
			    "' is not the mailbox before the '+'; take one "
			    "of them");
		} else if (users_is(&item, "login=")) {
			users_complain(u, item.s, "'", item.s, item.len,
			    "' cannot stand with an app password; write it on "
			    "the mailbox's own line");
		}
	}
}

/* mailbox+label in normal form: is it that? */
static bool
take_name(struct users *u, stralloc *name, size_t *plus, const char *s,
    size_t len)
{
	const char *p;

	sa_copyb(name, s, len);
	sa_lower(name);
	p = memchr(name->s, '+', len);
	*plus = (size_t)(p - name->s);
	if (addr_is_mailbox(name->s, *plus) &&
	    addr_is_mailbox(p + 1, len - *plus - 1))
		return true;
	users_complain(u, s, "'", s, len,
	    "' cannot be an app password; write mailbox+label, each 1 to 32 "
	    "of a-z 0-9 . _ -");
	return false;
}

void
users_take_app(struct users *u, const char *s, size_t len)
{
	struct users_app *app;
	stralloc name = { 0 };
	const char *fault;
	size_t plus;

	u->app = users_grow(u->app, u->napps, sizeof *u->app);
	app = &u->app[u->napps];
	*app = (struct users_app){ .line = (uint32_t)u->r.line };
	users_split(app->field, s, len);
	if (!take_name(u, &name, &plus, s, app->field[USERS_NAME].len))
		goto out;
	if (app->field[USERS_NAME].len == len) {
		users_complain(u, s, "no colon behind ", s, len,
		    "; use 'userdb app add'");
		goto out;
	}
	app->login = users_add_login(
	    u, USERS_APP | (uint32_t)u->napps, name.s, name.len, s);
	if (app->login == -1)
		goto out;
	u->napps++;
	fault = users_hash_fault(&app->field[USERS_HASH]);
	if (fault)
		users_complain(
		    u, app->field[USERS_HASH].s, fault, "", 0, "");
	name.len = plus;
	take_extras(u, app, &name);
out:
	sa_free(&name);
}

/* Backwards, so that a mailbox's app passwords keep the order of the file. */
void
users_join_apps(struct users *u)
{
	struct users_app *app;
	struct user *user;
	const char *s, *plus;
	size_t len;
	uint32_t i;
	long id;

	for (i = (uint32_t)u->napps; i; i--) {
		app = &u->app[i - 1];
		s = names_get(&u->logins, app->login, &len);
		plus = memchr(s, '+', len);
		app->label = (struct users_span){ plus + 1,
			len - (size_t)(plus - s) - 1 };
		id = names_find(&u->logins, s, (size_t)(plus - s));
		u->r.line = app->line;
		if (id == -1 || (u->owner[id] & USERS_APP)) {
			users_complain(u, app->field[USERS_NAME].s, "", s,
			    (size_t)(plus - s),
			    " is no mailbox; remove the line, or write the "
			    "mailbox's");
			continue;
		}
		app->user = u->owner[id];
		user = &u->user[app->user];
		app->next = user->app;
		user->app = i;
		if (++user->napps == USERS_APPS_MAX + 1)
			users_complain(u, app->field[USERS_NAME].s, "", s,
			    (size_t)(plus - s),
			    " has more than 15 app passwords; remove some");
	}
}

struct users_app *
users_app_of(const struct users *u, long login)
{
	uint32_t owner = u->owner[login];

	return owner & USERS_APP ? &u->app[owner & ~USERS_APP] : NULL;
}

struct users_app *
users_app_next(const struct users *u, uint32_t n)
{
	return n ? &u->app[n - 1] : NULL;
}
