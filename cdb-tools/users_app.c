/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_app.h"
#include <string.h>
#include "cdb-tools/users_edit.h"
#include "cdb-tools/users_revoke.h"
#include "lib/addr.h"
#include "lib/log.h"

static struct users_app *
find(const struct users *u, const struct user *user, const char *label)
{
	struct users_app *app = users_app_next(u, user->app);
	size_t len = strlen(label);

	while (app && (app->label.len != len ||
			  strncasecmp(app->label.s, label, len) != 0))
		app = users_app_next(u, app->next);
	return app;
}

/* name+label:hash::::::user=name protocols=..., in normal form. */
static void
make_line(stralloc *line, const struct users *u, const struct user *user,
    const char *label, const char *protocols, const char *hash)
{
	const char *s;
	size_t len;

	s = users_name(u, user, &len);
	sa_copyb(line, s, len);
	sa_append(line, '+');
	sa_cats(line, label);
	sa_lower(line);
	sa_append(line, ':');
	sa_cats(line, hash);
	sa_cats(line, "::::::user=");
	sa_catb(line, s, len);
	if (protocols && *protocols) {
		sa_cats(line, " protocols=");
		sa_cats(line, protocols);
	}
}

static void
check_words(const char *label, const char *protocols)
{
	stralloc folded = { 0 };

	sa_copys(&folded, label);
	sa_lower(&folded);
	if (!addr_is_mailbox(folded.s, folded.len))
		log_fatal(100, "'", label,
		    "' cannot be a label; write 1 to 32 of a-z 0-9 . _ -, a "
		    "letter or digit first");
	if (protocols && !users_is_protocols(protocols, strlen(protocols)))
		log_fatal(100, "'", protocols,
		    "' are no protocols; write some of pop3,smtp,imap, or "
		    "nothing for all");
	sa_free(&folded);
}

int
users_app_add(const struct tool *t, const char *name, const char *label,
    const char *protocols)
{
	char password[PASSWORD_CHARS + 1], hash[PASSWORD_HASH_SIZE];
	struct users_changes ch = { .n = 0 };
	const struct users_span *behind;
	struct users_app *app;
	stralloc line = { 0 };
	struct user *user;
	struct users u;

	check_words(label, protocols);
	user = users_open(&u, name);
	app = find(&u, user, label);
	if (app)
		log_fatal(1, name, " has an app password ", label,
		    " already (" USERS_TEXT " line ", log_num(app->line), ")");
	if (user->napps == USERS_APPS_MAX)
		log_fatal(1, name, " has ", log_num(USERS_APPS_MAX),
		    " app passwords, which is all there can be; remove one");
	users_password(password, hash);
	make_line(&line, &u, user, label, protocols, hash);
	behind = user->field;
	for (app = users_app_next(&u, user->app); app;
	     app = users_app_next(&u, app->next))
		behind = app->line > user->line ? app->field : behind;
	users_line_behind(&u, &ch, behind, &line);
	users_apply(&u, &ch);
	users_print_password(t, &u, name, password);
	sa_wipe(&line);
	users_free(&u);
	return 0;
}

void
users_app_remove(const char *name, const char *label)
{
	struct users_changes ch = { .n = 0 };
	struct users_app *app;
	struct user *user;
	struct users u;

	user = users_open(&u, name);
	app = find(&u, user, label);
	if (!app)
		log_fatal(1, name, " has no app password ", label,
		    "; userdb app list ", name, " shows all");
	users_line(&u, &ch, app->field, NULL);
	users_apply(&u, &ch);
	users_revoke(&u, user);
	users_free(&u);
}

void
users_apps_out(const struct users *u, struct users_changes *ch,
    const struct user *user, bool say)
{
	stralloc labels = { 0 };
	struct users_app *app;

	for (app = users_app_next(u, user->app); app;
	     app = users_app_next(u, app->next)) {
		users_line(u, ch, app->field, NULL);
		if (labels.len)
			sa_cats(&labels, ", ");
		sa_catb(&labels, app->label.s, app->label.len);
	}
	sa_0(&labels);
	if (labels.len && say)
		log_info("its app passwords are removed, too: ", labels.s);
	sa_free(&labels);
}

static void
list_one(stralloc *out, bool json, const struct users_app *app)
{
	struct users_span p = app->protocols;
	size_t i;

	if (!p.len)
		p = (struct users_span){ "pop3,smtp,imap", 14 };
	if (json) {
		sa_cats(out, "{\"label\":");
		tool_json(out, app->label.s, app->label.len);
		sa_cats(out, ",\"protocols\":[\"");
		for (i = 0; i < p.len; i++) {
			if (p.s[i] == ',')
				sa_cats(out, "\",\"");
			else
				sa_append(out, p.s[i]);
		}
		sa_cats(out, "\"]");
		tool_json_pair(out, "state", app->disabled ? "disabled" : "ok");
		sa_cats(out, "}\n");
		return;
	}
	sa_catb(out, app->label.s, app->label.len);
	for (i = app->label.len; i < 20; i++)
		sa_append(out, ' ');
	sa_append(out, ' ');
	sa_catb(out, p.s, p.len);
	sa_cats(out, app->disabled ? " disabled\n" : "\n");
}

int
users_app_list(const struct tool *t, const char *name)
{
	struct users_app *app;
	stralloc out = { 0 };
	struct user *user;
	struct users u;

	users_load(&u, NULL);
	tool_sources(&u.errors, "the tables stay as they were");
	user = users_find(&u, name);
	if (!user)
		log_fatal(1, "no mailbox ", name, "; userdb list shows all");
	for (app = users_app_next(&u, user->app); app;
	     app = users_app_next(&u, app->next))
		list_one(&out, t->json, app);
	tool_print(&out);
	sa_free(&out);
	users_free(&u);
	return 0;
}
