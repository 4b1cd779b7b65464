/* SPDX-License-Identifier: ISC */
/* What lists write: header lines, and the texts in their addresses. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "deliver/list.h"
#include "deliver/local_key.h"

#define DAY_SECONDS 86400
#define DAYS        1024

/* "mailto:" in angle brackets; a local part may hold what a URL may not. */
static void
cat_mailto(stralloc *out, const char *address)
{
	char hex[4];

	sa_cats(out, "<mailto:");
	for (; *address; address++) {
		if (strchr("%?&#\"<>[]^`{|}\\ /", *address)) {
			snprintf(hex, sizeof hex, "%%%02X",
			    (unsigned char)*address);
			sa_cats(out, hex);
		} else {
			sa_append(out, *address);
		}
	}
	sa_append(out, '>');
}

static void
cat_address(stralloc *out, const char *field, const struct list *l,
    const char *suffix)
{
	stralloc name = { 0 };

	list_name(&name, l, suffix);
	sa_cats(out, field);
	cat_mailto(out, name.s);
	sa_append(out, '\n');
	sa_free(&name);
}

/* The key of unsubscribing from this list; as text, for queued. */
static void
list_key(char key[TOKEN_KEY_BYTES + 1], const struct list *l)
{
	unsigned char k[TOKEN_KEY_BYTES];

	local_key(k, "list");
	token_make(key, TOKEN_KEY_BYTES, k, "unsubscribe", l->address.s);
}

static void
cat_unsubscribe(stralloc *out, const struct list *l, const char *url)
{
	sa_cats(out, "List-Unsubscribe: ");
	if (*url) {
		sa_append(out, '<');
		sa_cats(out, url);
		sa_cats(out, ">,\n\t");
	}
	cat_address(out, "", l, "-unsubscribe");
	if (*url)
		sa_cats(out,
		    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n");
}

void
list_head(stralloc *out, char key[TOKEN_KEY_BYTES + 1], const struct list *l)
{
	size_t at = addr_at(l->address.s, l->address.len);
	stralloc value = { 0 };
	const char *url = list_option(l, "url=", &value);

	sa_copys(out, "List-Id: <");
	sa_catb(out, l->address.s, at);
	sa_append(out, '.');
	sa_cats(out, l->address.s + at + 1);
	sa_cats(out, ">\n");
	if (strcmp(l->post.s, "owner") == 0)
		sa_cats(out, "List-Post: NO\n");
	else
		cat_address(out, "List-Post: ", l, "");
	cat_address(out, "List-Owner: ", l, "-owner");
	cat_unsubscribe(out, l, url);
	sa_cats(out, "Precedence: list\n");
	key[0] = 0;
	if (*url)
		list_key(key, l);
	sa_free(&value);
}

void
list_head_strip(stralloc *head)
{
	size_t at = 0, keep = 0, len;
	bool drop = false;
	const char *s, *nl;

	for (; at < head->len; at += len) {
		s = head->s + at;
		nl = memchr(s, '\n', head->len - at);
		len = nl ? (size_t)(nl - s) + 1 : head->len - at;
		if (*s != ' ' && *s != '\t')
			drop = strncasecmp(s, "List-", 5) == 0 ||
			       strncasecmp(s, "Precedence:", 11) == 0;
		if (drop)
			continue;
		memmove(head->s + keep, s, len);
		keep += len;
	}
	head->len = keep;
	sa_0(head);
}

static void
put_day(char day[3], uint64_t wall_s)
{
	unsigned n = (unsigned)(wall_s / DAY_SECONDS % DAYS);

	day[0] = token_digit(n >> 5);
	day[1] = token_digit(n);
	day[2] = 0;
}

/* Joining: good for some days.  Leaving: a link in old mail stays good. */
void
list_token(stralloc *out, const struct list *l, const char *member, bool join,
    uint64_t wall_s)
{
	unsigned char k[TOKEN_KEY_BYTES];
	char token[TOKEN_MAX + 1], day[3] = "", key[TOKEN_KEY_BYTES + 1];
	stralloc who = { 0 };

	sa_copy_lower(&who, member);
	if (join) {
		local_key(k, "list");
		put_day(day, wall_s);
		token_make(token, DELIVER_TOKEN_LEN, k, "subscribe",
		    l->address.s, who.s, day);
	} else {
		list_key(key, l);
		memcpy(k, key, sizeof k);
		token_make(token, DELIVER_TOKEN_LEN, k, who.s);
	}
	sa_copys(out, join ? "s" : "u");
	sa_cats(out, day);
	sa_cat0(out, token);
	sa_free(&who);
}

char
list_confirms(const struct list *l, const char *tag, const char *member,
    uint64_t wall_s)
{
	bool join = *tag == 's' || *tag == 'S';
	stralloc want = { 0 };
	unsigned back;
	char found = 0;

	for (back = 0; !found && back <= LIST_CONFIRM_DAYS; back++) {
		list_token(&want, l, member, join,
		    wall_s - (uint64_t)back * DAY_SECONDS);
		if (strlen(tag) == want.len && (*tag | 0x20) == *want.s &&
		    token_is(want.s + 1, tag + 1, want.len - 1))
			found = *want.s;
	}
	sa_free(&want);
	return found;
}
