/* SPDX-License-Identifier: ISC */
/* etc/lists and etc/lists.d/. */
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/source_parts.h"
#include "lib/log.h"

#define LISTS_DIR    "etc/lists.d/"
#define LIST_URL_MAX 500 /* bytes */

enum list_key { KEY_OWNER, KEY_POST, KEY_FILE, KEY_URL, KEY_VERP, KEY_CLOSED,
	KEYS };
static const char *const list_keys[KEYS] = { "owner=", "post=", "file=", "url=",
	"verp", "closed" };

/* The line of etc/lists being read. */
struct list_line {
	unsigned seen; /* keys, a bit each */
	struct line_reader r;
	const char *owner;
	size_t owner_len;
	unsigned owner_col;
	const char *post;
	const char *file;
	size_t file_len;
	unsigned file_col;
	stralloc options; /* as in the record */
	bool bad;
};

static void
complain(struct source *src, struct list_line *l, unsigned column,
    const char *what, const char *s, size_t len, const char *instead)
{
	line_error(&src->errors, l->r.file, l->r.line, column, what,
	    source_show(s, len), instead, (char *)0);
	l->bad = true;
}

static const char *
post_rule(const char *s, size_t len)
{
	static const char *const rules[] = { "members", "anyone", "owner" };
	size_t i;

	for (i = 0; i < 3; i++)
		if (strlen(rules[i]) == len && !strncasecmp(rules[i], s, len))
			return rules[i];
	return NULL;
}

/* One path component that begins with a letter or digit. */
bool
source_is_file_name(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!memchr("abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+",
			s[i], i ? 67 : 62))
			return false;
	return len > 0 && len < 128;
}

/* RFC 8058: it says by itself who leaves which list. */
static void
take_url(struct source *src, struct list_line *l, const char *s, size_t len,
    unsigned column)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] >= 127 || strchr("<>\"\\", s[i]))
			break;
	if (i < len || len < 9 || len > LIST_URL_MAX ||
	    strncasecmp(s, "https://", 8) != 0 ||
	    !memmem(s, len, "{address}", 9) || !memmem(s, len, "{token}", 7)) {
		complain(src, l, column, "url=", s, len,
		    ": write https://HOST/PATH?a={address}&t={token}, at most "
		    "500 bytes, no blank or comma");
		return;
	}
	sa_cats(&l->options, " url=");
	sa_catb(&l->options, s, len);
}

/* "verp", "closed": words of the record. */
static void
take_word(struct list_line *l, const char *item, size_t len)
{
	sa_append(&l->options, ' ');
	sa_catb(&l->options, item, len);
}

static void
take_value(struct source *src, struct list_line *l, enum list_key key,
    const char *v, size_t len, unsigned column)
{
	switch (key) {
	case KEY_OWNER:
		l->owner = v;
		l->owner_len = len;
		l->owner_col = column;
		break;
	case KEY_POST:
		l->post = post_rule(v, len);
		if (!l->post)
			complain(src, l, column, "post=", v, len,
			    ": write members, anyone or owner");
		break;
	case KEY_FILE:
		l->file = v;
		l->file_len = len;
		l->file_col = column;
		if (!source_is_file_name(v, len))
			complain(src, l, column, "file=", v, len,
			    ": write the name of a file in etc/lists.d, "
			    "letters and digits and . _ - @ +, no '/'");
		break;
	default:
		take_url(src, l, v, len, column);
	}
}

static void
take_item(struct source *src, struct list_line *l, const char *item, size_t len,
    unsigned column)
{
	const char *eq = memchr(item, '=', len);
	size_t klen = eq ? (size_t)(eq - item) + 1 : len;
	unsigned key;

	for (key = 0; key < KEYS; key++)
		if (strlen(list_keys[key]) == klen &&
		    !strncasecmp(list_keys[key], item, klen))
			break;
	if (key == KEYS)
		complain(src, l, column, "'", item, len,
		    "': write owner=ADDRESS, post=members|anyone|owner, "
		    "file=NAME, closed, verp, url=https://...");
	else if (l->seen & 1u << key)
		complain(src, l, column, "", list_keys[key], klen,
		    " stands here twice; remove one of the two");
	else if (eq)
		take_value(src, l, key, item + klen, len - klen,
		    column + (unsigned)klen);
	else
		take_word(l, list_keys[key], klen);
	l->seen |= key < KEYS ? 1u << key : 0;
}

/* The address in front; what follows is in l.  Its node, or -1. */
static long
take_list(struct source *src, struct list_line *l, const char *s, size_t len,
    unsigned column)
{
	const char *key, *item;
	size_t klen, ilen, at;
	unsigned vcol, icol;
	stralloc addr = { 0 };
	long id = -1;

	if (!line_pair(s, len, column, &key, &klen, &s, &len, &vcol)) {
		complain(src, l, column, "'", s, len,
		    "': write 'address: "
		    "owner=ADDRESS, post=members, file=NAME'");
		return -1;
	}
	if (!source_is_address(src, &l->r, column, key, klen))
		return -1;
	addr_normalise(&addr, key, klen);
	at = addr_at(addr.s, addr.len) + 1;
	if (!source_is_ours(
		src, &l->r, column + (unsigned)at, addr.s + at, addr.len - at))
		goto out;
	while (line_item(&s, &len, &vcol, true, &item, &ilen, &icol))
		take_item(src, l, item, ilen, icol);
	if (!l->owner || !l->file)
		complain(src, l, column, "", addr.s, addr.len,
		    l->owner
			? " has no members; write file=NAME behind the colon"
			: " has no owner; write owner=ADDRESS behind the "
			  "colon");
	if (l->bad || !source_is_address(
			  src, &l->r, l->owner_col, l->owner, l->owner_len))
		goto out;
	if (!names_add(&src->lists, addr.s, addr.len, l->r.line, &id)) {
		source_twice(src, &l->r, column, addr.s, addr.len,
		    names_line(&src->lists, id));
		id = -1;
	}
out:
	sa_free(&addr);
	return id;
}

/* The members: addresses, one a line. */
static void
read_members(struct source *src, struct list_line *l, struct source_node *list)
{
	struct line_reader r;
	struct names seen;
	stralloc norm = { 0 };
	const char *s;
	unsigned column;
	size_t len;
	long id;

	switch (
	    line_open(&r, list->member_file, SOURCE_FILE_MAX, &src->errors)) {
	case -1:
		log_fatalsys(111, "unable to read ", list->member_file);
	case 0:
		complain(src, l, l->file_col, "no file ", list->member_file,
		    strlen(list->member_file), "; make it, a member a line");
		return;
	}
	names_init(&seen);
	while (line_next(&r, &s, &len, &column)) {
		if (!source_is_address(src, &r, column, s, len))
			continue;
		addr_normalise(&norm, s, len);
		if (!names_add(&seen, norm.s, norm.len, r.line, &id)) {
			source_twice(src, &r, column, norm.s, norm.len,
			    names_line(&seen, id));
			continue;
		}
		source_add_ref(src, list->member_file, r.line, column, s, len);
	}
	sa_free(&norm);
	names_free(&seen);
	line_close(&r);
}

static void
add_list(struct source *src, struct list_line *l, long id)
{
	struct source_node *list;
	stralloc path = { 0 };

	src->list = source_grow(src->list, (size_t)id, sizeof *src->list);
	list = &src->list[id];
	sa_0(&l->options);
	sa_copys(&path, LISTS_DIR);
	sa_catb(&path, l->file, l->file_len);
	sa_0(&path);
	*list = (struct source_node){ .file = "etc/lists",
		.line = (uint32_t)l->r.line,
		.first = (uint32_t)src->nrefs,
		.post = l->post ? l->post : "members",
		.options = strdup(l->options.s),
		.member_file = strdup(path.s) };
	if (!list->member_file || !list->options)
		log_fatal(111, "out of memory");
	sa_free(&path);
	source_add_ref(
	    src, list->file, l->r.line, l->owner_col, l->owner, l->owner_len);
	read_members(src, l, list);
	list->n = (uint32_t)src->nrefs - list->first;
}

void
source_read_lists(struct source *src)
{
	struct list_line l = { 0 };
	struct line_reader r;
	const char *s;
	unsigned column;
	size_t len;
	long id;

	source_open(src, &r, "etc/lists", SOURCE_FILE_MAX);
	while (line_next(&r, &s, &len, &column)) {
		l = (struct list_line){ .r = r };
		id = take_list(src, &l, s, len, column);
		if (id != -1)
			add_list(src, &l, id);
		sa_free(&l.options);
	}
	line_close(&r);
}
