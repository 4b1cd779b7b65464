/* SPDX-License-Identifier: ISC */
/* etc/users (the names only), etc/domains, etc/postmaster. */
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/source_parts.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define POSTMASTER_DEFAULT "demo"

/* userdb says what is wrong with etc/users; here a bad line is no mailbox. */
void
source_read_mailboxes(struct source *src)
{
	struct line_errors ignored = { 0 };
	struct line_reader r;
	stralloc name = { 0 };
	const char *s, *colon;
	unsigned column;
	size_t len;
	long id;

	source_open(src, &r, "etc/users", SOURCE_FILE_MAX);
	r.errors = &ignored;
	while (line_next(&r, &s, &len, &column)) {
		colon = memchr(s, ':', len);
		if (!colon)
			continue;
		sa_copyb(&name, s, (size_t)(colon - s));
		sa_lower(&name);
		if (addr_is_mailbox(name.s, name.len))
			names_add(
			    &src->mailboxes, name.s, name.len, r.line, &id);
	}
	sa_free(&name);
	line_close(&r);
	line_errors_free(&ignored);
}

/* The other side of "old = new", until all domains are known. */
struct alias_of {
	long id;
	unsigned long line;
	unsigned column;
	stralloc other;
};

static void
resolve_domain_alias(
    struct source *src, const struct line_reader *r, const struct alias_of *a)
{
	long other = names_find(&src->domains, a->other.s, a->other.len), like;
	const char *name;
	size_t n;

	if (other == a->id) {
		line_error(&src->errors, r->file, a->line, a->column,
		    a->other.s, " cannot be an alias of itself; write '",
		    a->other.s, "' alone for a domain", (char *)0);
	} else if (other != -1 && src->domain_of[other] != other) {
		line_error(&src->errors, r->file, a->line, a->column,
		    a->other.s, " is itself an alias (line ",
		    log_num(names_line(&src->domains, other)),
		    "); write the domain it stands for", (char *)0);
	} else if (other == -1) {
		like = source_like(
		    src, &src->domains.map, a->other.s, a->other.len);
		name = like == -1 || like == a->id
			   ? NULL
			   : names_get(&src->domains, like, &n);
		line_error(&src->errors, r->file, a->line, a->column,
		    a->other.s, " is not in this file; ",
		    name ? "did you mean " : "add a line for it",
		    name ? source_show(name, n) : "", name ? "?" : "",
		    (char *)0);
	}
}

static void
resolve_domain_aliases(struct source *src, const struct line_reader *r,
    struct alias_of *aliases, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		src->domain_of[aliases[i].id] = -1; /* an alias of something */
	for (i = 0; i < n; i++)
		resolve_domain_alias(src, r, &aliases[i]);
	for (i = 0; i < n; i++) {
		src->domain_of[aliases[i].id] = names_find(
		    &src->domains, aliases[i].other.s, aliases[i].other.len);
		if (src->domain_of[aliases[i].id] == -1) /* reported */
			src->domain_of[aliases[i].id] = aliases[i].id;
		sa_free(&aliases[i].other);
	}
	free(aliases);
}

/* Checks and folds one domain name. */
static bool
take_domain(struct source *src, const struct line_reader *r, unsigned column,
    stralloc *out, const char *s, size_t len)
{
	while (len && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	sa_copyb(out, s, len);
	if (out->len && out->s[out->len - 1] == '.')
		out->len--;
	sa_lower(out);
	sa_0(out);
	return source_is_domain(src, r, column, out->s, out->len);
}

/* What stands behind the '='. */
static bool
take_other(struct source *src, const struct line_reader *r, struct alias_of *a,
    const char *s, size_t len, unsigned column)
{
	for (; len && (*s == ' ' || *s == '\t'); s++, len--)
		column++;
	a->column = column;
	if (take_domain(src, r, column, &a->other, s, len))
		return true;
	sa_free(&a->other);
	return false;
}

void
source_read_domains(struct source *src)
{
	struct alias_of *aliases = NULL;
	struct line_reader r;
	stralloc name = { 0 };
	const char *s, *eq;
	size_t len, n = 0;
	unsigned column;
	long id;

	source_open(src, &r, "etc/domains", SOURCE_FILE_MAX);
	while (line_next(&r, &s, &len, &column)) {
		eq = memchr(s, '=', len);
		if (!take_domain(
			src, &r, column, &name, s, eq ? (size_t)(eq - s) : len))
			continue;
		if (!names_add(&src->domains, name.s, name.len, r.line, &id)) {
			source_twice(src, &r, column, name.s, name.len,
			    names_line(&src->domains, id));
			continue;
		}
		src->domain_of = source_grow(
		    src->domain_of, (size_t)id, sizeof *src->domain_of);
		src->domain_of[id] = id;
		if (!eq)
			continue;
		aliases = source_grow(aliases, n, sizeof *aliases);
		aliases[n] = (struct alias_of){ .id = id, .line = r.line };
		n += take_other(src, &r, &aliases[n], eq + 1,
		    (size_t)(s + len - eq - 1),
		    column + (unsigned)(eq - s) + 1);
	}
	resolve_domain_aliases(src, &r, aliases, n);
	sa_free(&name);
	line_close(&r);
}

void
source_read_postmaster(struct source *src)
{
	struct line_reader r = { .file = "etc/postmaster", .line = 1 };
	int got = setting_get(&src->postmaster, "postmaster");

	if (got == -1)
		log_fatalsys(111, "unable to read ", r.file);
	if (got == 0)
		sa_copys(&src->postmaster, POSTMASTER_DEFAULT);
	sa_lower(&src->postmaster);
	sa_0(&src->postmaster);
	/* before there is a domain there is no mail for a postmaster */
	if (src->domains.map.n)
		source_mailbox(src, &r, 1, "postmaster: ", src->postmaster.s,
		    src->postmaster.len);
}
