/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/import_apply.h"
#include "lib/log.h"

/* The entry for exactly this key, old or new: its target, or NULL. */
static const char *
entry(const struct import *im, const char *key, size_t len, stralloc *old)
{
	const struct source_alias *a;
	long id = names_find(&im->addresses, key, len);

	if (id != -1)
		return im->alias[id].dropped ? NULL : im->alias[id].target.s;
	if (names_find(&im->src.lists, key, len) != -1)
		return ":list";
	id = keymap_find(&im->src.aliases, key, len);
	if (id == -1)
		return NULL;
	a = &im->src.alias[id];
	sa_copyb(old, im->src.text.text.s + a->target, a->len);
	sa_0(old);
	return old->s;
}

/* Where an address of ours leads, one step; NULL: nowhere. */
static const char *
step(const struct import *im, const char *address, stralloc *old)
{
	size_t len = strlen(address), at = addr_at(address, len);
	const char *plus = memchr(address, '+', at), *target;
	stralloc bare = { 0 };

	target = entry(im, address, len, old);
	if (!target && plus) {
		sa_copyb(&bare, address, (size_t)(plus - address));
		sa_cats(&bare, address + at);
		target = entry(im, bare.s, bare.len, old);
	}
	if (!target && (!strncmp(address, "postmaster@", 11) ||
			   !strncmp(address, "abuse@", 6)))
		target = ":list"; /* always there */
	if (!target)
		target = entry(im, address + at, len - at, old);
	sa_free(&bare);
	return target;
}

/* Does it come to an end? */
static bool
ends(const struct import *im, const char *target)
{
	stralloc now = { 0 }, old = { 0 };
	const char *next = target;
	bool ok = false;
	int i;

	for (i = 0; next && i < ALIAS_DEPTH_MAX; i++) {
		ok = next[0] == ':' || !strchr(next, '@') ||
		     !import_is_domain(im, strrchr(next, '@') + 1);
		if (ok)
			break;
		sa_copys(&now, next);
		sa_0(&now);
		next = step(im, now.s, &old);
	}
	if (ok && next[0] != ':' && !strchr(next, '@'))
		ok = names_find(&im->boxes, next, strlen(next)) != -1 ||
		     names_find(&im->users.logins, next, strlen(next)) != -1;
	sa_free(&now);
	sa_free(&old);
	return ok;
}

static void
settle_members(struct import *im, struct import_list *l)
{
	stralloc out = { 0 }, one = { 0 };
	const char *s = l->members.s, *end = s + l->members.len, *nl;

	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		sa_copyb(&one, s, (size_t)(nl - s));
		sa_0(&one);
		if (!strchr(one.s, '@'))
			import_problem(im, l->name.s, 0, "member ", one.s,
			    " is a mailbox; a list's members are addresses",
			    (char *)0);
		else if (!ends(im, one.s))
			import_problem(im, l->name.s, 0, "member ", one.s,
			    " leads nowhere", (char *)0);
		else
			sa_catb(&out, s, (size_t)(nl + 1 - s));
	}
	sa_copy(&l->members, &out);
	sa_free(&out);
	sa_free(&one);
}

/* A forward's targets that lead somewhere; where none does the mail stays. */
static void
settle_copies(struct import *im, long id)
{
	struct import_copies *c = &im->copies[id];
	const char *s = c->targets.s, *end = s + c->targets.len, *key;
	stralloc name = { 0 }, out = { 0 };
	size_t len;

	key = names_get(&im->forwards, id, &len);
	sa_copyb(&name, key, len);
	sa_0(&name);
	for (; s < end; s += strlen(s) + 1) {
		if (!ends(im, s)) {
			import_problem(im, c->file.s, c->line, "forward of ",
			    name.s, ": ", s, " leads nowhere here", (char *)0);
			continue;
		}
		sa_cats(&out, out.len ? ", " : "");
		sa_cats(&out, s);
	}
	if (out.len) {
		sa_cat(&im->forward_lines, &name);
		sa_cats(&im->forward_lines, c->keep ? ": keep " : ": ");
		sa_cat(&im->forward_lines, &out);
		sa_append(&im->forward_lines, '\n');
	}
	sa_free(&name);
	sa_free(&out);
}

void
import_settle(struct import *im)
{
	struct import_alias *a;
	const char *key;
	stralloc shown = { 0 };
	bool again = true;
	size_t len, i;
	long id;

	while (again) {
		again = false;
		for (id = 0; id < (long)im->addresses.map.n; id++) {
			a = &im->alias[id];
			if (a->dropped || ends(im, a->target.s))
				continue;
			again = a->dropped = true;
			key = names_get(&im->addresses, id, &len);
			sa_copyb(&shown, key, len);
			sa_0(&shown);
			import_problem(im, a->file, a->line, shown.s, " leads to ",
			    a->target.s, ", which is nowhere here", (char *)0);
		}
	}
	for (i = 0; i < im->nlists; i++)
		settle_members(im, &im->list[i]);
	for (id = 0; id < (long)im->forwards.map.n; id++)
		settle_copies(im, id);
	sa_free(&shown);
}

static void
say(stralloc *out, size_t n, const char *one, const char *many)
{
	sa_cats(out, "  ");
	sa_catul(out, n);
	sa_cats(out, n == 1 ? one : many);
	sa_append(out, '\n');
}

void
import_report(struct import *im, bool apply)
{
	stralloc out = { 0 };
	size_t i, aliases = 0;

	for (i = 0; i < im->addresses.map.n; i++)
		aliases += !im->alias[i].dropped;
	sa_copys(&out, apply ? "Carried over:\n" : "Would be carried over:\n");
	say(&out, im->domains.map.n, " domain", " domains");
	say(&out, im->boxes.map.n, " mailbox", " mailboxes");
	say(&out, aliases - im->nlists, " alias", " aliases");
	say(&out, im->nlists, " list", " lists");
	say(&out, im->forwards.map.n, " forward", " forwards");
	if (im->already)
		say(&out, im->already, " is here already", " are here already");
	for (i = 0; i < im->boxes.map.n; i++) {
		sa_cats(&out, "mailbox ");
		sa_cat(&out, &im->box[i].name);
		sa_cats(&out, im->box[i].extras.len ? ": " : "");
		sa_cat(&out, &im->box[i].extras);
		if (apply && im->box[i].maildir.len) {
			sa_cats(&out, ", messages ");
			sa_catul(&out, im->box[i].kept);
		}
		sa_append(&out, '\n');
	}
	if (im->nproblems) {
		sa_cats(&out, "Could not be carried over:\n");
		sa_cat(&out, &im->problems);
	}
	if (!apply)
		sa_cats(&out, "Nothing has changed; --apply does it.\n");
	tool_print(&out);
	sa_free(&out);
}
