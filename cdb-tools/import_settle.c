/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/import_apply.h"
#include "lib/log.h"

/* The entry for exactly this key, old or new: its target, or NULL.  *id: the new
 * one's, or -1. */
static const char *
entry(const struct import *im, const char *key, size_t len, stralloc *old,
    long *id)
{
	const struct source_alias *a;
	long there;

	*id = names_find(&im->addresses, key, len);
	if (*id != -1)
		return im->alias[*id].dropped ? NULL : im->alias[*id].target.s;
	if (names_find(&im->src.lists, key, len) != -1)
		return ":list";
	there = keymap_find(&im->src.aliases, key, len);
	if (there == -1)
		return NULL;
	a = &im->src.alias[there];
	sa_copyb(old, im->src.text.text.s + a->target, a->len);
	sa_0(old);
	return old->s;
}

/* Where an address of ours leads, one step; NULL: nowhere. */
static const char *
step(const struct import *im, const char *address, stralloc *old, long *id)
{
	size_t len = strlen(address), at = addr_at(address, len);
	const char *plus = memchr(address, '+', at), *target;
	stralloc bare = { 0 };

	target = entry(im, address, len, old, id);
	if (!target && plus) {
		sa_copyb(&bare, address, (size_t)(plus - address));
		sa_cats(&bare, address + at);
		target = entry(im, bare.s, bare.len, old, id);
	}
	if (!target && (!strncmp(address, "postmaster@", 11) ||
			   !strncmp(address, "abuse@", 6))) {
		target = ":list"; /* always there */
		*id = -1;
	}
	if (!target)
		target = entry(im, address + at, len - at, old, id);
	sa_free(&bare);
	return target;
}

/* The name of a mailbox. */
static enum import_end
at_mailbox(const struct import *im, const char *name, size_t *at)
{
	size_t len = strlen(name);
	long id = names_find(&im->forwards, name, len);

	*at = (size_t)id;
	if (names_find(&im->boxes, name, len) == -1 &&
	    names_find(&im->users.logins, name, len) == -1)
		return IMPORT_NOWHERE;
	return id == -1 ? IMPORT_ELSE : IMPORT_FORWARD;
}

enum import_end
import_end(const struct import *im, const char *target, size_t *at)
{
	stralloc now = { 0 }, old = { 0 };
	enum import_end end = IMPORT_NOWHERE;
	const char *next = target;
	long id = -1;
	int i;

	for (i = 0; next && !end && i < ALIAS_DEPTH_MAX; i++) {
		if (!strcmp(next, ":list")) {
			*at = id == -1 ? 0 : (size_t)im->alias[id].list;
			end = id == -1 ? IMPORT_ELSE : IMPORT_LIST;
		} else if (next[0] == ':') {
			end = IMPORT_REFUSED;
		} else if (!strchr(next, '@')) {
			end = at_mailbox(im, next, at);
			break;
		} else if (!import_is_domain(im, strrchr(next, '@') + 1)) {
			end = IMPORT_ELSE;
		} else {
			import_fold(&now, next);
			next = step(im, now.s, &old, &id);
		}
	}
	sa_free(&now);
	sa_free(&old);
	return end;
}

/* What is passed on may not be refused there; an alias may. */
static const char *
fault(const struct import *im, const char *address)
{
	size_t at;

	switch (import_end(im, address, &at)) {
	case IMPORT_NOWHERE:
		return " leads nowhere";
	case IMPORT_REFUSED:
		return " is refused";
	default:
		return NULL;
	}
}

static void
settle_members(struct import *im, struct import_list *l)
{
	stralloc out = { 0 }, one = { 0 };
	const char *s = l->members.s, *end = s + l->members.len, *nl, *why;

	for (; s < end; s = nl + 1) {
		nl = memchr(s, '\n', (size_t)(end - s));
		sa_copyb(&one, s, (size_t)(nl - s));
		sa_0(&one);
		if (!strchr(one.s, '@'))
			import_problem(im, l->name.s, 0, "member ", one.s,
			    " is a mailbox; a list's members are addresses",
			    (char *)0);
		else if ((why = fault(im, one.s)))
			import_problem(im, l->name.s, 0, "member ", one.s, why,
			    (char *)0);
		else
			sa_catb(&out, s, (size_t)(nl + 1 - s));
	}
	sa_copy(&l->members, &out);
	sa_free(&out);
	sa_free(&one);
}

static void
name_of(const struct import *im, long forward, stralloc *name)
{
	size_t len;
	const char *key = names_get(&im->forwards, forward, &len);

	sa_copyb(name, key, len);
	sa_0(name);
}

/* A forward's targets that lead somewhere; where none does the mail stays. */
static void
settle_copies(struct import *im, long id)
{
	struct import_copies *c = &im->copies[id];
	const char *s = c->targets.s, *end = s + c->targets.len, *why;
	stralloc name = { 0 }, out = { 0 };

	name_of(im, id, &name);
	for (; s < end; s += strlen(s) + 1) {
		if (!(why = fault(im, s)))
			sa_catb(&out, s, strlen(s) + 1);
		else
			import_problem(im, c->file.s, c->line, "forward of ",
			    name.s, ": ", s, why, " here", (char *)0);
	}
	sa_copy(&c->targets, &out);
	sa_free(&name);
	sa_free(&out);
}

static void
write_forward(struct import *im, long id)
{
	const stralloc *t = &im->copies[id].targets;
	stralloc name = { 0 };
	const char *s;

	if (!t->len)
		return;
	name_of(im, id, &name);
	sa_cat(&im->forward_lines, &name);
	sa_cats(&im->forward_lines, im->copies[id].keep ? ": keep " : ": ");
	for (s = t->s; s < t->s + t->len; s += strlen(s) + 1) {
		sa_cats(&im->forward_lines, s == t->s ? "" : ", ");
		sa_cats(&im->forward_lines, s);
	}
	sa_append(&im->forward_lines, '\n');
	sa_free(&name);
}

/* An alias goes, and what led to it perhaps, too. */
static void
drop(struct import *im, long id, const char *why)
{
	struct import_alias *a = &im->alias[id];
	stralloc shown = { 0 };
	const char *key;
	size_t len;

	a->dropped = true;
	key = names_get(&im->addresses, id, &len);
	sa_copyb(&shown, key, len);
	sa_0(&shown);
	if (why)
		import_problem(
		    im, a->file, a->line, shown.s, why, (char *)0);
	else
		import_problem(im, a->file, a->line, shown.s, " leads to ",
		    a->target.s, ", which is nowhere here", (char *)0);
	sa_free(&shown);
}

/* Is there less than before? */
static bool
drop_aliases(struct import *im)
{
	const struct import_alias *a;
	bool again = false;
	size_t at;
	long id;

	for (id = 0; id < (long)im->addresses.map.n; id++) {
		a = &im->alias[id];
		if (a->dropped)
			continue;
		if (!strcmp(a->target.s, ":list")) {
			if (im->list[a->list].members.len)
				continue;
			drop(im, id, ": none of its targets is left");
		} else if (import_end(im, a->target.s, &at) == IMPORT_NOWHERE) {
			drop(im, id, NULL);
		} else {
			continue;
		}
		again = true;
	}
	return again;
}

void
import_settle(struct import *im)
{
	size_t i;
	long id;

	do {
		for (i = 0; i < im->nlists; i++)
			settle_members(im, &im->list[i]);
		for (id = 0; id < (long)im->forwards.map.n; id++)
			settle_copies(im, id);
		import_loops(im);
	} while (drop_aliases(im));
	for (id = 0; id < (long)im->forwards.map.n; id++)
		write_forward(im, id);
}
