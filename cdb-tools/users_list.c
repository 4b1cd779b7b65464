/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_list.h"
#include <string.h>
#include <time.h>
#include "cdb-tools/users_view.h"

#define PRINT_CHUNK 65536

/* Each further login name of the user: as JSON strings, or behind blanks. */
static void
cat_logins(stralloc *out, const struct user *user, bool json)
{
	struct users_span rest = user->field[USERS_EXTRAS], item;
	bool first = true;

	while (users_extra(&rest, &item)) {
		if (!users_is(&item, "login="))
			continue;
		if (!first)
			sa_append(out, json ? ',' : ' ');
		first = false;
		if (json)
			tool_json(out, item.s + 6, item.len - 6);
		else
			sa_catb(out, item.s + 6, item.len - 6);
	}
}

static void
list_json(struct users_view *v, const struct user *user, const struct users_look *l)
{
	struct users_span scheme = users_scheme(&user->field[USERS_HASH]);
	stralloc *out = &v->out;

	sa_cats(out, "{\"mailbox\":");
	tool_json(out, l->name, l->len);
	tool_json_pair(out, "state", user->disabled ? "disabled" : "ok");
	users_json_number(out, "quota", true, user->quota);
	users_json_number(out, "quota-messages", true, user->messages);
	users_json_number(out, "used", l->counted, l->usage.bytes);
	users_json_number(out, "messages", l->counted, l->usage.messages);
	users_json_number(
	    out, "login", l->login != NULL, l->login ? l->login->when : 0);
	if (l->login)
		tool_json_pair(out, "ip", l->login->ip);
	else
		sa_cats(out, ",\"ip\":null");
	sa_cats(out, ",\"logins\":[");
	cat_logins(out, user, true);
	sa_cats(out, "],\"scheme\":");
	tool_json(out, scheme.s, scheme.len);
	users_json_number(out, "apps", true, user->napps);
	sa_cats(out, "}\n");
}

/* As Maildir++ writes it where messages count, too: "1048576S,1000C". */
static void
cat_quota(stralloc *out, const struct user *user)
{
	stralloc text = { 0 };

	if (!user->messages) {
		users_number(out, user->quota != 0, user->quota, 12);
		return;
	}
	if (user->quota) {
		sa_catul(&text, user->quota);
		sa_cats(&text, "S,");
	}
	sa_catul(&text, user->messages);
	sa_append(&text, 'C');
	users_column(out, text.s, text.len, 12);
	sa_free(&text);
}

static void
list_text(struct users_view *v, const struct user *user, const struct users_look *l)
{
	const char *state = user->disabled ? "disabled" : "ok";
	char when[32] = "-";
	stralloc *out = &v->out;
	struct tm tm;
	time_t t = l->login ? (time_t)l->login->when : 0;

	if (t && gmtime_r(&t, &tm))
		strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
	users_column(out, l->name, l->len, 20);
	users_column(out, state, strlen(state), 8);
	cat_quota(out, user);
	users_number(out, l->counted, l->usage.bytes, 12);
	users_number(out, l->counted, l->usage.messages, 8);
	users_column(out, when, strlen(when), 20);
	cat_logins(out, user, false);
	while (out->len && out->s[out->len - 1] == ' ')
		out->len--;
	sa_append(out, '\n');
}

int
users_list(const struct tool *t)
{
	struct users_view v;
	struct users_look l;
	size_t i;

	users_view_open(&v, t->json);
	for (i = 0; i < v.u.n; i++) {
		users_look(&v, &v.u.user[i], &l);
		if (t->json)
			list_json(&v, &v.u.user[i], &l);
		else
			list_text(&v, &v.u.user[i], &l);
		if (v.out.len > PRINT_CHUNK)
			tool_print(&v.out);
	}
	users_view_close(&v);
	return 0;
}
