/* SPDX-License-Identifier: ISC */
/* etc/forwards and etc/senders. */
#include <string.h>
#include <strings.h>
#include "cdb-tools/source_parts.h"

/* "mailbox: ..." of etc/forwards: its number among them, or -1. */
static long
take_forward_key(struct source *src, const struct line_reader *r,
    const char *key, size_t klen, unsigned column)
{
	long mailbox = source_mailbox(src, r, column, "", key, klen), id;
	const char *name;
	size_t len;

	if (mailbox == -1)
		return -1;
	name = names_get(&src->mailboxes, mailbox, &len);
	if (!names_add(&src->forwards, name, len, r->line, &id)) {
		source_twice(
		    src, r, column, name, len, names_line(&src->forwards, id));
		return -1;
	}
	return id;
}

/* Twice the same would be two copies. */
static void
add_target(struct source *src, const struct source_node *f,
    const struct line_reader *r, unsigned column, const char *s, size_t len)
{
	const char *new, *old;
	size_t i;

	source_add_ref(src, f->file, r->line, column, s, len);
	new = src->refs_text.s + src->refs[src->nrefs - 1].off;
	for (i = f->first; i < src->nrefs - 1; i++) {
		old = src->refs_text.s + src->refs[i].off;
		if (strcasecmp(old, new) != 0)
			continue;
		line_error(&src->errors, r->file, r->line, column, new,
		    " stands in this line twice; remove one of the two",
		    (char *)0);
		return;
	}
}

static void
take_forward(struct source *src, const struct line_reader *r, const char *s,
    size_t len, unsigned column)
{
	const char *key, *item, *begin = s;
	struct source_node *f;
	size_t klen, ilen;
	unsigned vcol, icol;
	unsigned long errors = src->errors.n;
	long id;

	if (!line_pair(s, len, column, &key, &klen, &s, &len, &vcol)) {
		line_error(&src->errors, r->file, r->line, column,
		    source_no_pair(begin),
		    "; write 'mailbox: [keep] address, address'", (char *)0);
		return;
	}
	id = take_forward_key(src, r, key, klen, column);
	if (id == -1)
		return;
	src->forward =
	    source_grow(src->forward, (size_t)id, sizeof *src->forward);
	f = &src->forward[id];
	*f = (struct source_node){ .file = "etc/forwards",
		.line = (uint32_t)r->line,
		.first = (uint32_t)src->nrefs };
	while (line_item(&s, &len, &vcol, true, &item, &ilen, &icol)) {
		if (ilen == 4 && !strncasecmp(item, "keep", 4))
			f->keep = true;
		else if (source_is_address(src, r, icol, item, ilen))
			add_target(src, f, r, icol, item, ilen);
	}
	f->n = (uint32_t)src->nrefs - f->first;
	if (!f->n && src->errors.n == errors)
		line_error(&src->errors, r->file, r->line, vcol,
		    "no address to forward to; write one, or remove the line",
		    (char *)0);
}

void
source_read_forwards(struct source *src)
{
	struct line_reader r;
	const char *s;
	unsigned column;
	size_t len;

	source_open(src, &r, "etc/forwards", SOURCE_FILE_MAX);
	while (line_next(&r, &s, &len, &column))
		take_forward(src, &r, s, len, column);
	line_close(&r);
}

/* "address" or "@domain", anybody's, in normal form; its number or -1. */
static long
take_sender_key(struct source *src, const struct line_reader *r,
    const char *key, size_t klen, unsigned column)
{
	stralloc norm = { 0 };
	long id = -1;

	if (klen > 1 && key[0] == '@'
		? !source_is_domain(src, r, column + 1, key + 1, klen - 1)
		: !source_is_address(src, r, column, key, klen))
		return -1;
	addr_normalise(&norm, key, klen);
	if (!names_add(&src->senders, norm.s, norm.len, r->line, &id)) {
		source_twice(src, r, column, norm.s, norm.len,
		    names_line(&src->senders, id));
		id = -1;
	}
	sa_free(&norm);
	return id;
}

static void
take_sender(struct source *src, const struct line_reader *r, const char *s,
    size_t len, unsigned column)
{
	const char *key, *item, *name, *begin = s;
	size_t klen, ilen, n;
	unsigned vcol, icol;
	unsigned long errors = src->errors.n;
	long id, mailbox;

	if (!line_pair(s, len, column, &key, &klen, &s, &len, &vcol)) {
		line_error(&src->errors, r->file, r->line, column,
		    source_no_pair(begin),
		    "; write 'address: mailbox, mailbox'", (char *)0);
		return;
	}
	id = take_sender_key(src, r, key, klen, column);
	if (id == -1)
		return;
	src->sender = source_grow(src->sender, (size_t)id, sizeof *src->sender);
	src->sender[id] = (stralloc){ 0 };
	while (line_item(&s, &len, &vcol, true, &item, &ilen, &icol)) {
		mailbox = source_mailbox(src, r, icol, "", item, ilen);
		if (mailbox == -1)
			continue;
		name = names_get(&src->mailboxes, mailbox, &n);
		sa_catb(&src->sender[id], name, n);
		sa_append(&src->sender[id], 0);
	}
	if (!src->sender[id].len && src->errors.n == errors)
		line_error(&src->errors, r->file, r->line, vcol,
		    "no mailbox that may send so; write one, or remove the "
		    "line",
		    (char *)0);
}

void
source_read_senders(struct source *src)
{
	struct line_reader r;
	const char *s;
	unsigned column;
	size_t len;

	source_open(src, &r, "etc/senders", SOURCE_FILE_MAX);
	while (line_next(&r, &s, &len, &column))
		take_sender(src, &r, s, len, column);
	line_close(&r);
}
