/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "cdb-tools/source.h"
#include "cdb-tools/users_app.h"
#include "cdb-tools/users_change.h"
#include "cdb-tools/users_edit.h"
#include "cdb-tools/users_purge.h"
#include "cdb-tools/users_revoke.h"
#include "lib/log.h"

#define NAMED_MAX 10 /* addresses that still point to a mailbox */

static void
name_one(stralloc *out, unsigned *n, const char *file, unsigned long line,
    const char *s, size_t len)
{
	if (++*n > NAMED_MAX)
		return;
	if (*n > 1)
		sa_cats(out, ", ");
	sa_catb(out, s, len);
	sa_cats(out, " (");
	sa_cats(out, file);
	sa_cats(out, " line ");
	sa_catul(out, line);
	sa_cats(out, ")");
}

/* Lines of etc/senders, and its text of etc/replies. */
static void
find_texts(stralloc *out, unsigned *n, const struct source *src,
    const char *name, size_t len)
{
	stralloc file = { 0 };
	const char *s, *m, *end;
	size_t slen;
	long id;

	for (id = 0; id < (long)src->senders.map.n; id++) {
		if (!src->sender[id].len)
			continue;
		s = names_get(&src->senders, id, &slen);
		end = src->sender[id].s + src->sender[id].len;
		for (m = src->sender[id].s; m < end; m += strlen(m) + 1)
			if (strlen(m) == len && !memcmp(m, name, len))
				name_one(out, n, "etc/senders",
				    names_line(&src->senders, id), s, slen);
	}
	if (names_find(&src->replies, name, len) == -1)
		return;
	sa_copys(&file, "etc/replies/");
	sa_catb(&file, name, len);
	sa_0(&file);
	name_one(out, n, file.s, 1, name, len);
	sa_free(&file);
}

/* What still points to the mailbox: how many, some of them in out. */
static unsigned
find_pointers(stralloc *out, const char *name, size_t len)
{
	const struct source_alias *a;
	struct source src;
	unsigned n = 0;
	const char *s;
	size_t slen;
	long id;

	source_load(&src, NULL, NULL);
	for (id = 0; id < (long)src.aliases.n; id++) {
		a = &src.alias[id];
		if (a->len != len ||
		    memcmp(src.text.text.s + a->target, name, len) != 0)
			continue;
		s = keymap_get(&src.aliases, id, &slen);
		name_one(out, &n, ALIASES_TEXT, a->line, s, slen);
	}
	if (names_find(&src.forwards, name, len) != -1)
		name_one(out, &n, "etc/forwards",
		    names_line(
			&src.forwards, names_find(&src.forwards, name, len)),
		    name, len);
	if (src.domains.map.n && src.postmaster.len == len &&
	    !memcmp(src.postmaster.s, name, len))
		name_one(out, &n, "etc/postmaster", 1, "postmaster", 10);
	find_texts(out, &n, &src, name, len);
	source_free(&src);
	return n;
}

/* The mail of a mailbox that is gone already. */
static bool
purge_left(const char *name)
{
	stralloc folded = { 0 };
	struct users u;
	bool is;

	sa_copys(&folded, name);
	sa_lower(&folded);
	sa_0(&folded);
	if (!addr_is_mailbox(folded.s, folded.len))
		log_fatal(100, "'", name, "' cannot be a mailbox");
	tool_lock();
	users_load_right(&u, NULL);
	is = !users_find(&u, name) && users_purge(folded.s);
	users_free(&u);
	sa_free(&folded);
	return is;
}

static void
take_out(const char *name, bool force, bool purge)
{
	struct users_changes ch = { .n = 0 };
	stralloc pointers = { 0 }, folder = { 0 };
	struct user *user;
	struct users u;
	const char *s;
	unsigned n;
	size_t len;

	user = users_open(&u, name);
	s = users_name(&u, user, &len);
	sa_copyb(&folder, s, len);
	sa_0(&folder);
	n = find_pointers(&pointers, s, len);
	sa_0(&pointers);
	if (n && !force)
		log_fatal(1, "still in use: ", pointers.s,
		    n > NAMED_MAX ? " and more" : "",
		    "; point these elsewhere first, or say "
		    "--force (they are then refused, and aliasdb build fails "
		    "until they are mended)");
	users_line(&u, &ch, user->field, NULL);
	users_apps_out(&u, &ch, user, false);
	users_apply(&u, &ch);
	if (n)
		log_warn("now leading nowhere: ", pointers.s,
		    n > NAMED_MAX ? " and more" : "");
	users_revoke(&u, user);
	if (purge)
		users_purge(folder.s);
	sa_free(&pointers);
	sa_free(&folder);
	users_free(&u);
}

void
users_remove(const char *name, bool force, bool purge)
{
	if (!purge || !purge_left(name))
		take_out(name, force, purge);
}
