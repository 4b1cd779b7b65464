/* SPDX-License-Identifier: ISC */
/* etc/aliases: the one text that may have a million lines. */
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/source_parts.h"
#include "lib/log.h"
#include "lib/text.h"

#define PROGRESS_LINES 65536 /* between two calls */
#define BATCH          32

/* A line that was read; a few together go into the map, whose slots the
 * processor has fetched by then. */
struct pending {
	uint64_t hash;
	size_t off, len; /* of the key */
	unsigned column;
	struct source_alias alias;
};

/* Puts s as envelopes carry it in its own place: it is never longer. */
static size_t
tidy_address(char *s, size_t len)
{
	stralloc tidy = { 0 };
	size_t i;

	if (s[0] != '"') {
		for (i = addr_at(s, len); i < len; i++)
			s[i] = text_lower(s[i]);
		return len && s[len - 1] == '.' ? len - 1 : len;
	}
	addr_envelope(&tidy, s, len);
	memcpy(s, tidy.s, tidy.len);
	len = tidy.len;
	sa_free(&tidy);
	return len;
}

/* ... and in normal form. */
static size_t
fold_address(char *s, size_t len)
{
	size_t i;

	len = tidy_address(s, len);
	for (i = 0; i < len; i++)
		s[i] = text_lower(s[i]);
	return len;
}

/* "local@domain" or "@domain", of ours; its folded length, or 0. */
static size_t
take_key(struct source *src, char *key, size_t len, unsigned column)
{
	size_t at;

	if (len > 1 && key[0] == '@') {
		if (!source_is_domain(
			src, &src->text, column + 1, key + 1, len - 1))
			return 0;
	} else if (!source_is_address(src, &src->text, column, key, len)) {
		return 0;
	}
	len = fold_address(key, len);
	at = addr_at(key, len) + 1;
	if (!source_is_ours(
		src, &src->text, column + (unsigned)at, key + at, len - at))
		return 0;
	return len;
}

/* :refuse "text" becomes :refuse text, in its place; 0: reported. */
static size_t
take_refuse(struct source *src, char *s, size_t len, unsigned column)
{
	const char *wrong = NULL;
	size_t i;

	if (len < 10 || memcmp(s, ":refuse \"", 9) != 0 || s[len - 1] != '"')
		wrong = "not an address, a mailbox or a refusal; write "
			":refuse \"text\"";
	else if (len - 10 > SOURCE_REFUSE_MAX)
		wrong = "the text is longer than 400 bytes; shorten it";
	for (i = 0; !wrong && i < len; i++)
		if ((unsigned char)s[i] >= 0x7f || (unsigned char)s[i] < ' ')
			wrong = "the text goes into an SMTP reply; write it in "
				"ASCII";
	if (wrong) {
		line_error(&src->errors, src->text.file, src->text.line, column,
		    wrong, (char *)0);
		return 0;
	}
	memmove(s + 8, s + 9, len - 10);
	return len - 2;
}

static bool
is_several(const char *s, size_t len)
{
	return memchr(s, ',', len) || memchr(s, ' ', len) ||
	       memchr(s, '\t', len);
}

/* The target as its record has it, in its place; 0: reported. */
static size_t
take_target(struct source *src, const char *key, size_t klen, char *s,
    size_t len, unsigned column)
{
	char subject[ADDR_MAX + 3];
	size_t n;
	long id;

	if (!len) {
		line_error(&src->errors, src->text.file, src->text.line, column,
		    source_show(key, klen),
		    " has no target; write a mailbox or "
		    "an address behind the colon",
		    (char *)0);
		return 0;
	}
	if (s[0] == ':')
		return take_refuse(src, s, len, column);
	if (s[0] != '"' && is_several(s, len)) {
		line_error(&src->errors, src->text.file, src->text.line, column,
		    source_show(key, klen),
		    " has several targets, an alias has "
		    "one; write a forward of a mailbox (etc/forwards) or a "
		    "list "
		    "(etc/lists)",
		    (char *)0);
		return 0;
	}
	if (memchr(s, '@', len))
		return source_is_address(src, &src->text, column, s, len)
			   ? tidy_address(s, len)
			   : 0;
	len = fold_address(s, len);
	id = names_find(&src->mailboxes, s, len);
	if (id != -1)
		return len;
	n = klen < ADDR_MAX ? klen : ADDR_MAX;
	memcpy(subject, key, n);
	memcpy(subject + n, ": ", 3);
	source_mailbox(src, &src->text, column, subject, s, len);
	return 0;
}

/* One line, as far as it goes without the others. */
static bool
take_alias(struct source *src, struct pending *p, const char *s, size_t len,
    unsigned column)
{
	char *text = src->text.text.s;
	const char *key, *value;
	size_t klen, vlen;
	unsigned vcol;

	if (!line_pair(s, len, column, &key, &klen, &value, &vlen, &vcol)) {
		line_error(&src->errors, src->text.file, src->text.line, column,
		    source_no_pair(s), "; write 'address: target'", (char *)0);
		return false;
	}
	p->off = (size_t)(key - text);
	p->len = take_key(src, text + p->off, klen, column);
	if (!p->len)
		return false;
	p->column = column;
	p->alias.line = (uint32_t)src->text.line;
	p->alias.target = (uint32_t)(value - text);
	p->alias.len = (uint16_t)take_target(
	    src, key, p->len, text + p->alias.target, vlen, vcol);
	p->hash = keymap_hash(key, p->len);
	keymap_expect(&src->aliases, p->hash);
	return true;
}

/* Is there no other entry for this address? */
static void
add_alias(struct source *src, const struct pending *p)
{
	struct line_reader at = { .file = ALIASES_TEXT, .line = p->alias.line };
	const char *key = src->text.text.s + p->off;
	long id = names_find(&src->lists, key, p->len);

	if (id != -1)
		line_error(&src->errors, at.file, at.line, p->column,
		    source_show(key, p->len),
		    " is a list already (etc/lists line ",
		    log_num(src->list[id].line), "); remove one of the two",
		    (char *)0);
	else if (!keymap_add_hashed(
		     &src->aliases, p->hash, p->off, p->len, &id))
		source_twice(
		    src, &at, p->column, key, p->len, src->alias[id].line);
	else
		src->alias[id] = p->alias;
}

static size_t
count_lines(const stralloc *text)
{
	const char *s = text->s, *end = s + text->len;
	size_t n = 1;

	while (s < end && (s = memchr(s, '\n', (size_t)(end - s)))) {
		s++;
		n++;
	}
	return n;
}

static void
read_batches(struct source *src, size_t lines)
{
	struct pending batch[BATCH];
	unsigned column;
	const char *s;
	size_t i, len, n = 0;
	int more;

	do {
		more = line_next(&src->text, &s, &len, &column);
		if (more)
			n += take_alias(src, &batch[n], s, len, column);
		if (more && n < BATCH)
			continue;
		for (i = 0; i < n; i++)
			add_alias(src, &batch[i]);
		n = 0;
		if (src->text.line % PROGRESS_LINES < BATCH)
			src->progress("reading", src->text.line, lines);
	} while (more);
}

void
source_read_aliases(struct source *src, stralloc *text)
{
	struct line_reader *r = &src->text;
	size_t lines;

	if (text) {
		*r = (struct line_reader){ .file = ALIASES_TEXT,
			.text = *text,
			.errors = &src->errors };
		*text = (stralloc){ 0 };
	} else {
		source_open(src, r, ALIASES_TEXT, SOURCE_ALIASES_MAX);
	}
	lines = count_lines(&r->text);
	keymap_init(&src->aliases, &r->text.s, lines);
	src->alias = malloc(lines * sizeof *src->alias);
	if (!src->alias)
		log_fatal(111, "out of memory");
	read_batches(src, lines);
}
