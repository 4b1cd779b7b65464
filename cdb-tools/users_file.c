/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_file.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/tool.h"
#include "cdb-tools/users_parts.h"
#include "lib/addr.h"
#include "lib/log.h"

void *
users_grow(void *p, size_t n, size_t size)
{
	if (n & (n - 1))
		return p;
	p = realloc(p, (n ? n * 2 : 1) * size);
	if (!p)
		log_fatal(111, "out of memory");
	return p;
}

void
users_complain(struct users *u, const char *at, const char *what, const char *s,
    size_t len, const char *instead)
{
	stralloc shown = { 0 };
	const char *start = at, *text = u->r.text.s;

	while (start > text && start[-1] != '\n')
		start--;
	sa_copyb(&shown, s, len);
	sa_0(&shown);
	line_error(&u->errors, USERS_TEXT, u->r.line,
	    (unsigned)(at - start) + 1, what, shown.s, instead, (char *)0);
	sa_free(&shown);
}

bool
users_extra(struct users_span *rest, struct users_span *item)
{
	size_t i = 0;

	while (rest->len && (*rest->s == ' ' || *rest->s == '\t')) {
		rest->s++;
		rest->len--;
	}
	while (i < rest->len && rest->s[i] != ' ' && rest->s[i] != '\t')
		i++;
	*item = (struct users_span){ rest->s, i };
	rest->s += i;
	rest->len -= i;
	return i > 0;
}

bool
users_is(const struct users_span *item, const char *prefix)
{
	size_t n = strlen(prefix);

	return item->len >= n && !memcmp(item->s, prefix, n);
}

long
users_add_login(struct users *u, uint32_t owner, const char *s, size_t len,
    const char *at)
{
	stralloc before = { 0 };
	long id;

	if (!names_add(&u->logins, s, len, u->r.line, &id)) {
		sa_copys(&before, " is there already, in line ");
		sa_catul(&before, names_line(&u->logins, id));
		sa_cat0(&before, "; write another name, or remove one line");
		users_complain(u, at, "", s, len, before.s);
		sa_free(&before);
		return -1;
	}
	u->owner = users_grow(u->owner, (size_t)id, sizeof *u->owner);
	u->owner[id] = owner;
	return id;
}

static void
take_login(struct users *u, size_t user, const char *s, size_t len)
{
	stralloc norm = { 0 };
	const char *why;

	if (addr_check(s, len, &why) != 1) {
		users_complain(u, s, "login=", s, len,
		    ": not an address; write local@domain");
		return;
	}
	addr_normalise(&norm, s, len);
	users_add_login(u, (uint32_t)user, norm.s, norm.len, s);
	sa_free(&norm);
}

static void
take_quota(struct users *u, struct user *user, struct users_span rule)
{
	if (users_quota(&user->quota, &user->messages, rule) == -1 || !rule.len)
		users_complain(u, rule.s, "'", rule.s, rule.len,
		    "' is not understood; write storage=500M (or K, G, T), "
		    "messages=1000, or both with a colon between");
}

static void
take_extras(struct users *u, size_t n)
{
	struct user *user = &u->user[n];
	struct users_span rest = user->field[USERS_EXTRAS], item;

	while (users_extra(&rest, &item)) {
		if ((item.len == 7 && users_is(&item, "nologin")) ||
		    users_is(&item, "nologin=")) {
			user->disabled = true;
		} else if (users_is(&item, "login=")) {
			take_login(u, n, item.s + 6, item.len - 6);
		} else if (users_is(&item, USERS_QUOTA)) {
			item.s += strlen(USERS_QUOTA);
			item.len -= strlen(USERS_QUOTA);
			take_quota(u, user, item);
		}
	}
}

void
users_split(struct users_span field[USERS_FIELDS], const char *s, size_t len)
{
	const char *colon;
	int i;

	for (i = 0; i < USERS_FIELDS; i++) {
		colon = i < USERS_EXTRAS ? memchr(s, ':', len) : NULL;
		field[i] =
		    (struct users_span){ s, colon ? (size_t)(colon - s) : len };
		s += field[i].len;
		len -= field[i].len;
		if (colon) {
			s++;
			len--;
		}
	}
}

static void
take_user(struct users *u, const char *s, size_t len)
{
	struct user *user;
	char name[ADDR_MAILBOX_MAX];
	const char *fault;
	size_t i, n;

	u->user = users_grow(u->user, u->n, sizeof *u->user);
	user = &u->user[u->n];
	*user = (struct user){ .line = (uint32_t)u->r.line };
	users_split(user->field, s, len);
	n = user->field[USERS_NAME].len;
	for (i = 0; i < n && i < sizeof name; i++)
		name[i] = (char)tolower((unsigned char)s[i]);
	if (n > sizeof name || !addr_is_mailbox(name, n)) {
		users_complain(u, s, "'", s, n,
		    "' cannot be a mailbox; write 1 to 32 "
		    "of a-z 0-9 . _ -, a letter or digit first");
		return;
	}
	if (n == len) {
		users_complain(u, s, "no colon behind ", s, n,
		    "; write "
		    "name:{SCHEME}hash::::::, or use 'userdb add'");
		return;
	}
	user->login = users_add_login(u, (uint32_t)u->n, name, n, s);
	if (user->login == -1)
		return;
	u->n++;
	fault = users_hash_fault(&user->field[USERS_HASH]);
	if (fault)
		users_complain(u, user->field[USERS_HASH].s, fault, "", 0, "");
	take_extras(u, u->n - 1);
}

void
users_load(struct users *u, stralloc *text)
{
	const char *s, *colon;
	unsigned column;
	size_t len;
	int shared = text ? -1 : tool_share();

	*u = (struct users){ 0 };
	names_init(&u->logins);
	if (text) {
		u->r = (struct line_reader){
			.file = USERS_TEXT, .text = *text, .errors = &u->errors
		};
		*text = (stralloc){ 0 };
	} else if (line_open(&u->r, USERS_TEXT, USERS_TEXT_MAX, &u->errors) ==
		   -1) {
		log_fatalsys(tool_read_code(), "unable to read " USERS_TEXT,
		    tool_eacces("userdb"));
	}
	tool_unshare(shared);
	while (line_next(&u->r, &s, &len, &column)) {
		colon = memchr(s, ':', len);
		if (memchr(s, '+', colon ? (size_t)(colon - s) : len))
			users_take_app(u, s, len);
		else
			take_user(u, s, len);
	}
	users_join_apps(u);
}

void
users_free(struct users *u)
{
	names_free(&u->logins);
	line_close(&u->r);
	line_errors_free(&u->errors);
	free(u->owner);
	free(u->user);
	free(u->app);
}

struct user *
users_find(const struct users *u, const char *name)
{
	stralloc folded = { 0 };
	long id;

	sa_copys(&folded, name);
	sa_lower(&folded);
	id = folded.len ? names_find(&u->logins, folded.s, folded.len) : -1;
	sa_free(&folded);
	if (id == -1 || (u->owner[id] & USERS_APP) ||
	    u->user[u->owner[id]].login != id)
		return NULL;
	return &u->user[u->owner[id]];
}

const char *
users_name(const struct users *u, const struct user *user, size_t *len)
{
	return names_get(&u->logins, user->login, len);
}
