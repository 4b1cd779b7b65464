/* SPDX-License-Identifier: ISC */
#include "queue/passing.h"

#include <stdio.h>
#include <string.h>
#include "deliver/deliver.h"
#include "lib/addr.h"
#include "lib/text.h"
#include "lib/token.h"

#define VERP_LOCAL_MAX 64 /* bytes: no server has to take more */

/* "staff-bounces@d" for "fred@x": staff-bounces+fred=x@d.  false: too long, or
 * not to be said so. */
static bool
verp(stralloc *out, const char *sender, const char *address)
{
	size_t at = addr_at(sender, strlen(sender));
	size_t split = addr_at(address, strlen(address));

	if (at + 1 + strlen(address) > VERP_LOCAL_MAX || *address == '"' ||
	    address[split] != '@' || address[split + 1] == '[')
		return false;
	sa_copyb(out, sender, at);
	sa_append(out, '+');
	sa_catb(out, address, split);
	sa_append(out, '=');
	sa_cats(out, address + split + 1);
	sa_cats(out, sender + at);
	sa_0(out);
	return true;
}

void
passing_sender(stralloc *out, const struct target *t)
{
	const struct passing *p = t->passing;

	if (p && p->verp && verp(out, t->sender, t->address))
		return;
	sa_copys(out, p && *p->away ? p->away : t->sender);
	sa_0(out);
}

bool
passing_alone(const struct passing *p)
{
	return p && (p->verp || *p->key);
}

/* For a URL. */
static void
cat_escaped(stralloc *out, const char *s)
{
	char hex[4];

	for (; *s; s++) {
		if (text_is_alnum(*s) || strchr("-._~", *s)) {
			sa_append(out, *s);
		} else {
			snprintf(hex, sizeof hex, "%%%02X", (unsigned char)*s);
			sa_cats(out, hex);
		}
	}
}

static void
cat_token(stralloc *out, const char *key, const char *address)
{
	unsigned char bytes[TOKEN_KEY_BYTES] = { 0 };
	char token[TOKEN_MAX + 1];
	stralloc lower = { 0 };

	memcpy(bytes, key, strnlen(key, sizeof bytes));
	sa_copy_lower(&lower, address);
	token_make(token, DELIVER_TOKEN_LEN, bytes, lower.s);
	sa_cats(out, token);
	sa_free(&lower);
}

void
passing_head(stralloc *out, const struct target *t)
{
	const struct passing *p = t->passing;
	const char *s = p ? p->head : "", *brace;

	sa_clear(out);
	while (p && *p->key && (brace = strchr(s, '{'))) {
		sa_catb(out, s, (size_t)(brace - s));
		if (strncmp(brace, "{address}", 9) == 0) {
			cat_escaped(out, t->address);
			s = brace + 9;
		} else if (strncmp(brace, "{token}", 7) == 0) {
			cat_token(out, p->key, t->address);
			s = brace + 7;
		} else {
			sa_append(out, '{');
			s = brace + 1;
		}
	}
	sa_cats(out, s);
	if (out->len > DELIVER_HEAD_MAX)
		out->len = 0; /* local_wire.c takes no more, filled in or not */
	sa_0(out);
}
