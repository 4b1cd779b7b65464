/* SPDX-License-Identifier: ISC */
#include "cdb-tools/source_parts.h"
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"

#define SHOW_MAX 330 /* bytes of a name in a message */

void
source_open(
    struct source *src, struct line_reader *r, const char *file, size_t max)
{
	if (line_open(r, file, max, &src->errors) == -1)
		log_fatalsys(111, "unable to read ", file);
}

const char *
source_show(const char *s, size_t len)
{
	static char ring[8][SHOW_MAX + 4];
	static unsigned next;
	char *out = ring[next++ % 8];

	if (len > SHOW_MAX) {
		memcpy(out, s, SHOW_MAX);
		memcpy(out + SHOW_MAX, "...", 4);
		return out;
	}
	memcpy(out, s, len);
	out[len] = 0;
	return out;
}

/* Compares with every name there is: only for mistakes that are shown. */
long
source_like(const struct source *src, const struct keymap *m, const char *s,
    size_t len)
{
	return src->errors.n < LINE_ERRORS_SHOWN ? names_like(m, s, len) : -1;
}

void *
source_grow(void *p, size_t n, size_t size)
{
	if (n & (n - 1))
		return p;
	p = realloc(p, (n ? n * 2 : 1) * size);
	if (!p)
		log_fatal(111, "out of memory");
	return p;
}

static bool
has_high_byte(const char *s, size_t len)
{
	while (len--)
		if ((unsigned char)*s++ >= 0x80)
			return true;
	return false;
}

bool
source_is_domain(struct source *src, const struct line_reader *r,
    unsigned column, const char *s, size_t len)
{
	if (addr_is_domain(s, len))
		return true;
	if (has_high_byte(s, len))
		line_error(&src->errors, r->file, r->line, column, "domain '",
		    source_show(s, len),
		    "' is not ASCII; write its A-label "
		    "(xn--...)",
		    (char *)0);
	else
		line_error(&src->errors, r->file, r->line, column, "'",
		    source_show(s, len),
		    "' is not a domain name; write it as "
		    "widget.example",
		    (char *)0);
	return false;
}

bool
source_is_address(struct source *src, const struct line_reader *r,
    unsigned column, const char *s, size_t len)
{
	size_t at = addr_at(s, len);
	const char *why;

	if (at == len) {
		line_error(&src->errors, r->file, r->line, column, "'",
		    source_show(s, len),
		    "' is not an address; write "
		    "local@domain",
		    (char *)0);
		return false;
	}
	if (at + 1 < len && has_high_byte(s + at, len - at))
		return source_is_domain(src, r, column + (unsigned)at + 1,
		    s + at + 1, len - at - 1);
	if (addr_check(s, len, &why) == 1)
		return true;
	line_error(&src->errors, r->file, r->line, column, "'",
	    source_show(s, len), "' is not an address: ", why,
	    "; write local@domain", (char *)0);
	return false;
}

bool
source_is_ours(struct source *src, const struct line_reader *r, unsigned column,
    const char *domain, size_t len)
{
	long id = names_find(&src->domains, domain, len), like;
	const char *name;
	size_t n;

	if (id != -1 && src->domain_of[id] == id)
		return true;
	if (id != -1) {
		name = names_get(&src->domains, src->domain_of[id], &n);
		line_error(&src->errors, r->file, r->line, column,
		    source_show(domain, len), " is an alias of ",
		    source_show(name, n), " (etc/domains line ",
		    log_num(names_line(&src->domains, id)),
		    "), so this is never used; write @", source_show(name, n),
		    (char *)0);
		return false;
	}
	like = source_like(src, &src->domains.map, domain, len);
	if (like != -1) {
		name = names_get(&src->domains, like, &n);
		line_error(&src->errors, r->file, r->line, column,
		    source_show(domain, len),
		    " is not in etc/domains; did you "
		    "mean ",
		    source_show(name, n), "?", (char *)0);
	} else {
		line_error(&src->errors, r->file, r->line, column,
		    source_show(domain, len),
		    " is not in etc/domains; add it "
		    "there first",
		    (char *)0);
	}
	return false;
}

long
source_mailbox(struct source *src, const struct line_reader *r, unsigned column,
    const char *subject, const char *s, size_t len)
{
	char name[ADDR_MAILBOX_MAX];
	size_t i, n;
	long id;

	for (i = 0; i < len && i < sizeof name; i++)
		name[i] = s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i];
	if (len <= sizeof name && addr_is_mailbox(name, len)) {
		id = names_find(&src->mailboxes, name, len);
		if (id != -1)
			return id;
	}
	id = source_like(src, &src->mailboxes.map, name, i);
	if (id != -1) {
		s = names_get(&src->mailboxes, id, &n);
		line_error(&src->errors, r->file, r->line, column, subject,
		    "no mailbox ", source_show(name, i), "; did you mean ",
		    source_show(s, n), "?", (char *)0);
	} else if (addr_is_mailbox(name, i) && i == len) {
		line_error(&src->errors, r->file, r->line, column, subject,
		    "no mailbox ", source_show(name, i),
		    "; make it with "
		    "'userdb add ",
		    source_show(name, i), "' or write another", (char *)0);
	} else {
		line_error(&src->errors, r->file, r->line, column, subject, "'",
		    source_show(s, len),
		    "' cannot be a mailbox; write a name of etc/users",
		    r == &src->text ? ", or an address with an @" : "",
		    (char *)0);
	}
	return -1;
}

void
source_twice(struct source *src, const struct line_reader *r, unsigned column,
    const char *s, size_t len, unsigned long before)
{
	line_error(&src->errors, r->file, r->line, column, source_show(s, len),
	    " stands here for the second time, first in line ", log_num(before),
	    "; remove one of the two", (char *)0);
}

void
source_unknown(struct source *src, const char *file, unsigned long line,
    unsigned column, const char *subject, const char *s, size_t len)
{
	stralloc lower = { 0 };
	const char *name;
	size_t n;
	long like;

	sa_copyb(&lower, s, len);
	sa_lower(&lower);
	like = source_like(src, &src->aliases, lower.s, lower.len);
	sa_free(&lower);
	if (like != -1) {
		name = keymap_get(&src->aliases, like, &n);
		line_error(&src->errors, file, line, column, subject,
		    "no such address as ", source_show(s, len),
		    "; did you mean ", source_show(name, n), "?", (char *)0);
	} else {
		line_error(&src->errors, file, line, column, subject,
		    "no such address as ", source_show(s, len),
		    "; add it to "
		    "etc/aliases, or write another",
		    (char *)0);
	}
}

void
source_add_ref(struct source *src, const char *file, unsigned long line,
    unsigned column, const char *s, size_t len)
{
	struct source_ref *ref;
	stralloc tidy = { 0 };

	addr_envelope(&tidy, s, len);
	src->refs = source_grow(src->refs, src->nrefs, sizeof *src->refs);
	ref = &src->refs[src->nrefs++];
	*ref = (struct source_ref){ .file = file,
		.line = (uint32_t)line,
		.column = column,
		.off = (uint32_t)src->refs_text.len,
		.len = (uint32_t)tidy.len };
	sa_cat(&src->refs_text, &tidy);
	sa_append(&src->refs_text, 0);
	sa_free(&tidy);
}

const char *
source_no_pair(const char *s)
{
	return *s == ':' ? "nothing stands before the colon" : "no colon";
}

void
source_cat_address(stralloc *out, const char *s, size_t len)
{
	size_t at = len && *s == '#' ? addr_at(s, len) : 0;

	if (at) {
		sa_append(out, '"');
		sa_catb(out, s, at);
		sa_append(out, '"');
	}
	sa_catb(out, s + at, len - at);
}
