/* SPDX-License-Identifier: ISC */
/* Aliases, lists and forwards: what the readers find becomes lines of etc/. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "cdb-tools/import_apply.h"
#include "cdb-tools/source_parts.h"
#include "lib/log.h"

/* Is there such an entry already?  Where it leads elsewhere it stays, and that is
 * told. */
static bool
is_here(struct import *im, const char *file, unsigned long line,
    const stralloc *address, const stralloc *target)
{
	const char *s = ":list";
	size_t len = strlen(s);
	stralloc shown = { 0 };
	long id = keymap_find(&im->src.aliases, address->s, address->len);

	if (id != -1) {
		s = im->src.text.text.s + im->src.alias[id].target;
		len = im->src.alias[id].len;
	} else if (names_find(&im->src.lists, address->s, address->len) == -1) {
		return false;
	}
	if ((len != target->len || strncasecmp(s, target->s, len) != 0) &&
	    !(*s == ':' && *target->s == ':')) {
		sa_copyb(&shown, s, len);
		sa_0(&shown);
		import_problem(im, file, line, address->s, " leads to ",
		    id == -1 ? "a list" : shown.s,
		    " here already, and not to ",
		    *target->s == ':' ? "what the old system has" : target->s,
		    (char *)0);
		sa_free(&shown);
	}
	return true;
}

/* Adds an entry of etc/aliases, address in normal form ("@domain" too): is it
 * new? */
static bool
put_alias(struct import *im, const char *file, unsigned long line,
    const stralloc *address, const stralloc *target)
{
	struct import_alias *a;
	long id;

	if (is_here(im, file, line, address, target)) {
		im->already++;
		return false;
	}
	if (!names_add(&im->addresses, address->s, address->len, line, &id)) {
		if (strcasecmp(im->alias[id].target.s, target->s) != 0)
			import_problem(im, file, line, address->s,
			    " leads elsewhere already (", im->alias[id].file,
			    " line ", log_num(im->alias[id].line), ")",
			    (char *)0);
		return false;
	}
	im->alias = source_grow(im->alias, (size_t)id, sizeof *im->alias);
	a = &im->alias[id];
	*a = (struct import_alias){ .line = line, .file = strdup(file) };
	if (!a->file)
		log_fatal(111, "out of memory");
	sa_copy(&a->target, target);
	sa_0(&a->target);
	return true;
}

/* Several targets: a list whose members they are. */
static void
put_list(struct import *im, const char *file, unsigned long line,
    const stralloc *address, const stralloc *targets)
{
	struct import_list *l;
	stralloc target = { 0 };
	const char *s;
	long id;

	sa_copys(&target, ":list");
	if (address->s[0] == '@') {
		import_problem(im, file, line, address->s,
		    ": a catch-all has one target; make a list, and the "
		    "catch-all an alias of it",
		    (char *)0);
		sa_free(&target);
		return;
	}
	if (!put_alias(im, file, line, address, &target)) {
		sa_free(&target);
		return;
	}
	id = names_find(&im->addresses, address->s, address->len);
	im->alias[id].list = (long)im->nlists;
	im->list = source_grow(im->list, im->nlists, sizeof *im->list);
	l = &im->list[im->nlists++];
	*l = (struct import_list){ 0 };
	sa_copy(&l->name, address);
	sa_0(&l->name);
	sa_0(&l->members);
	import_list_file(im, l);
	for (s = targets->s; s < targets->s + targets->len; s += strlen(s) + 1) {
		sa_cats(&l->members, s);
		sa_append(&l->members, '\n');
	}
	sa_free(&target);
}

/* One target as envelopes carry it; false: told. */
static bool
take_target(struct import *im, const char *file, unsigned long line,
    stralloc *out, const char *s)
{
	bool refusal = !strncmp(s, ":refuse \"", 9);
	const char *why = "it begins with ':'";

	if (refusal || (*s != ':' && addr_at(s, strlen(s)) == strlen(s))) {
		sa_copys(out, s);
		sa_0(out);
		return true;
	}
	if (*s == ':' || addr_check(s, strlen(s), &why) != 1) {
		import_problem(im, file, line, "'", s, "' is no address: ", why,
		    (char *)0);
		return false;
	}
	addr_envelope(out, s, strlen(s));
	sa_0(out);
	return true;
}

static bool
take_address(struct import *im, const char *file, unsigned long line,
    stralloc *out, const char *s)
{
	bool catchall = *s == '@';
	const char *why = "no domain name";

	if (catchall)
		import_fold(out, s);
	if (catchall ? !addr_is_domain(out->s + 1, out->len - 1)
		     : addr_check(s, strlen(s), &why) != 1) {
		import_problem(im, file, line, "'", s, "' is no address: ", why,
		    (char *)0);
		return false;
	}
	if (!catchall)
		addr_normalise(out, s, strlen(s));
	sa_0(out);
	if (import_is_domain(im, strrchr(out->s, '@') + 1))
		return true;
	import_problem(im, file, line, s, ": its domain is not one of ours",
	    (char *)0);
	return false;
}

/* The mailbox whose own address it is, found in this run; or -1. */
static long
own_box(const struct import *im, const stralloc *address)
{
	long id = names_find(&im->addresses, address->s, address->len), box;
	const struct import_alias *a;

	if (id == -1)
		return -1;
	a = &im->alias[id];
	box = names_find(&im->boxes, a->target.s, strlen(a->target.s));
	return box != -1 && sa_same(&im->box[box].login, address) ? box : -1;
}

/* What leads elsewhere from there is a forward, and itself among the targets
 * the copy that stays. */
static bool
put_forward(struct import *im, const char *file, unsigned long line,
    const stralloc *address, const stralloc *targets)
{
	const char *s, *end = targets->s + targets->len;
	long box = own_box(im, address);
	bool keep = im->copies_stay;
	stralloc out = { 0 };

	if (box == -1 || *targets->s == ':')
		return false;
	for (s = targets->s; s < end; s += strlen(s) + 1)
		if (strcasecmp(s, address->s) == 0 ||
		    strcmp(s, im->box[box].name.s) == 0)
			keep = true;
		else
			sa_catb(&out, s, strlen(s) + 1);
	if (out.len)
		import_forward(
		    im, file, line, im->box[box].name.s, keep, &out);
	sa_free(&out);
	return true;
}

/* The targets, each once in any case, and a NUL behind; how many. */
static size_t
take_targets(struct import *im, const char *file, unsigned long line,
    stralloc *all, const stralloc *targets, bool addresses)
{
	const char *s, *end = targets->s + targets->len;
	stralloc one = { 0 }, lower = { 0 };
	struct names seen;
	size_t n;
	long id;

	names_init(&seen);
	for (s = targets->s; s < end; s += strlen(s) + 1) {
		if ((addresses && !strchr(s, '@')) ||
		    !take_target(im, file, line, &one, s))
			continue;
		import_fold(&lower, one.s);
		if (names_add(&seen, lower.s, lower.len, line, &id))
			sa_catb(all, one.s, one.len + 1);
	}
	sa_0(all);
	n = seen.map.n;
	names_free(&seen);
	sa_free(&one);
	sa_free(&lower);
	return n;
}

void
import_alias(struct import *im, const char *file, unsigned long line,
    const char *address, const stralloc *targets)
{
	stralloc norm = { 0 }, all = { 0 };
	size_t n;

	if (!take_address(im, file, line, &norm, address))
		goto out;
	n = take_targets(im, file, line, &all, targets, false);
	if (n && put_forward(im, file, line, &norm, &all)) {
		goto out;
	} else if (*all.s == ':' && !strncmp(norm.s, "postmaster@", 11)) {
		import_problem(im, file, line, norm.s, " was refused: it "
		    "reaches the mailbox of etc/postmaster now", (char *)0);
	} else if (n == 1) {
		all.len = strlen(all.s);
		put_alias(im, file, line, &norm, &all);
	} else if (n) {
		put_list(im, file, line, &norm, &all);
	}
out:
	sa_free(&norm);
	sa_free(&all);
}

void
import_forward(struct import *im, const char *file, unsigned long line,
    const char *mailbox, bool keep, const stralloc *targets)
{
	stralloc all = { 0 };
	long id;

	take_targets(im, file, line, &all, targets, true);
	if (names_find(&im->src.forwards, mailbox, strlen(mailbox)) != -1) {
		im->already++;
	} else if (all.len && !names_add(&im->forwards, mailbox,
				  strlen(mailbox), line, &id)) {
		import_problem(im, file, line, mailbox,
		    " is forwarded already (", im->copies[id].file.s,
		    "); add the other addresses there by hand", (char *)0);
	} else if (all.len) {
		im->copies =
		    source_grow(im->copies, (size_t)id, sizeof *im->copies);
		im->copies[id] = (struct import_copies){ .keep = keep,
			.line = line };
		sa_copy(&im->copies[id].targets, &all);
		sa_copys(&im->copies[id].file, file);
		sa_0(&im->copies[id].file);
	}
	sa_free(&all);
}
