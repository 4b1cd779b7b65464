/* SPDX-License-Identifier: ISC */
/* Where every address leads, and the loops among them. */
#include <string.h>
#include "cdb-tools/alias_parts.h"
#include "cdb-tools/source_parts.h"
#include "lib/log.h"
#include "lib/text.h"

#define SHOWN_DEEP 3 /* of a way that is too long */

/* Looks for the first local bytes of s at domain (with its '@'), in any case. */
static bool
find_at(const struct source *src, const char *s, size_t local,
    const char *domain, size_t dlen, struct source_place *place)
{
	char key[ADDR_MAX + 1];
	size_t i;

	if (local + dlen > sizeof key)
		return false;
	for (i = 0; i < local; i++)
		key[i] = text_lower(s[i]);
	memcpy(key + local, domain, dlen);
	place->kind = SOURCE_ALIAS;
	place->id = keymap_find(&src->aliases, key, local + dlen);
	if (place->id != -1)
		return true;
	place->kind = SOURCE_LIST;
	place->id = names_find(&src->lists, key, local + dlen);
	return place->id != -1;
}

/* One step from an address of a table: as alias_resolve does it. */
static struct source_place
step(const struct source *src, const char *s, size_t len)
{
	struct source_place place = { SOURCE_REMOTE, -1 };
	char domain[1 + ADDR_DOMAIN_MAX];
	size_t at = addr_at(s, len), base, dlen;
	const char *name;
	size_t list;
	long id = names_find(&src->domains, s + at + 1, len - at - 1);

	if (id == -1)
		return place;
	name = names_get(&src->domains, src->domain_of[id], &dlen);
	domain[0] = '@';
	memcpy(domain + 1, name, dlen++);
	if (find_at(src, s, at, domain, dlen, &place))
		return place;
	base = alias_untagged(s, at);
	if (base != at && find_at(src, s, base, domain, dlen, &place))
		return place;
	list = base;
	if (alias_command(s, &list) != ALIAS_POST &&
	    find_at(src, s, list, domain, dlen, &place) &&
	    place.kind == SOURCE_LIST)
		return place;
	if (alias_is_role(s, base)) {
		place.kind = SOURCE_MAILBOX;
		place.id = names_find(
		    &src->mailboxes, src->postmaster.s, src->postmaster.len);
		return place;
	}
	if (!find_at(src, s, 0, domain, dlen, &place))
		place.kind = SOURCE_UNKNOWN;
	return place;
}

struct source_place
source_target(const struct source *src, long alias)
{
	const struct source_alias *a = &src->alias[alias];
	const char *s = src->text.text.s + a->target;
	struct source_place place = { SOURCE_MAILBOX, -1 };

	if (!a->len)
		return place; /* reported when it was read */
	if (s[0] == ':')
		place.kind = SOURCE_REFUSED;
	else if (memchr(s, '@', a->len))
		place = step(src, s, a->len);
	else
		place.id = names_find(&src->mailboxes, s, a->len);
	return place;
}

struct source_place
source_follow(const struct source *src, const char *s, size_t len,
    long way[ALIAS_DEPTH_MAX + 1], size_t *n)
{
	struct source_place place = step(src, s, len);

	*n = 0;
	while (place.kind == SOURCE_ALIAS) {
		if (*n > ALIAS_DEPTH_MAX) {
			place.kind = SOURCE_DEEP;
			break;
		}
		way[(*n)++] = place.id;
		place = source_target(src, place.id);
	}
	return place;
}

/* The column of an alias's target, counted back to its line's start. */
static unsigned
column_of(const struct source *src, uint32_t off)
{
	const char *s = src->text.text.s;
	unsigned column = 1;

	while (off && s[off - 1] != '\n') {
		off--;
		column++;
	}
	return column;
}

/* Names the aliases of way: "a@x (line 3) -> b@x (line 9)". */
static void
name_way(const struct source *src, stralloc *out, const long *way, size_t n)
{
	const char *s;
	size_t i, len;

	sa_clear(out);
	for (i = 0; i < n; i++) {
		s = keymap_get(&src->aliases, way[i], &len);
		if (i)
			sa_cats(out, " -> ");
		sa_catb(out, s, len);
		sa_cats(out, " (line ");
		sa_catul(out, src->alias[way[i]].line);
		sa_cats(out, ")");
	}
	sa_0(out);
}

/* Is one of them there twice: does the way end in a loop? */
static bool
is_loop(const long *way, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
			if (way[i] == way[j])
				return true;
	return false;
}

/* The alias began a way of too many steps.  A loop is told once, at its first
 * line; what leads into it is well as soon as that is mended. */
static void
report_deep(struct source *src, long alias, const long *way, size_t n)
{
	const struct source_alias *a = &src->alias[alias];
	stralloc names = { 0 };
	size_t i;

	for (i = 0; i < n && way[i] != alias; i++)
		if (src->alias[way[i]].line < a->line && is_loop(way, n))
			return;
	if (i == n && is_loop(way, n))
		return;
	name_way(src, &names, way, i < n ? i + 1 : SHOWN_DEEP);
	line_error(&src->errors, ALIASES_TEXT, a->line,
	    column_of(src, a->target),
	    i < n ? "a loop: it leads to " : "more than 16 aliases in a row: ",
	    names.s,
	    i < n ? "; give one of them a mailbox"
		  : " and so on; point it nearer to the mailbox",
	    (char *)0);
	sa_free(&names);
}

/* RFC 5321 section 4.5.1: whatever is wrong here, postmaster@ hears of it. */
static void
check_refused(struct source *src, long id)
{
	const struct source_alias *a = &src->alias[id];
	size_t len;
	const char *key = keymap_get(&src->aliases, id, &len);

	if (len > 11 && !memcmp(key, "postmaster@", 11))
		line_error(&src->errors, ALIASES_TEXT, a->line,
		    column_of(src, a->target), source_show(key, len),
		    " cannot be refused: each domain must take mail for "
		    "postmaster; give it a mailbox, or remove the line and "
		    "it reaches that of etc/postmaster", (char *)0);
}

static void
check_alias(struct source *src, long id)
{
	const struct source_alias *a = &src->alias[id];
	const char *s = src->text.text.s + a->target, *key;
	long way[ALIAS_DEPTH_MAX + 1];
	char subject[ADDR_MAX + 3];
	struct source_place place;
	size_t n;

	if (a->len && s[0] == ':')
		check_refused(src, id);
	if (!a->len || s[0] == ':' || !memchr(s, '@', a->len))
		return;
	place = source_follow(src, s, a->len, way, &n);
	if (place.kind == SOURCE_DEEP || n > ALIAS_DEPTH_MAX) {
		report_deep(src, id, way, n);
	} else if (place.kind == SOURCE_REFUSED) {
		check_refused(src, id);
	} else if (place.kind == SOURCE_UNKNOWN && n == 0) {
		key = keymap_get(&src->aliases, id, &n);
		memcpy(subject, key, n);
		memcpy(subject + n, ": ", 3);
		source_unknown(src, ALIASES_TEXT, a->line,
		    column_of(src, a->target), subject, s, a->len);
	}
}

void
source_check_aliases(struct source *src)
{
	long id;

	for (id = 0; id < (long)src->aliases.n; id++) {
		check_alias(src, id);
		if (id % 65536 == 65535)
			src->progress("checking", (size_t)id, src->aliases.n);
	}
}
