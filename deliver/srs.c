/* SPDX-License-Identifier: ISC */
#include "deliver/srs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "deliver/local_key.h"
#include "lib/addr.h"
#include "lib/text.h"

#define DAY_SECONDS 86400
#define DAYS        1024
#define HEAD        5 /* bytes of "SRS0=" */

static void
cat_hash(stralloc *out, const char *kind, const char *rest)
{
	unsigned char key[TOKEN_KEY_BYTES];
	char token[TOKEN_MAX + 1];
	stralloc lower = { 0 };

	local_key(key, "srs");
	sa_copys(&lower, rest);
	sa_lower(&lower);
	sa_0(&lower);
	token_make(token, SRS_HASH, key, kind, lower.s);
	sa_cats(out, token);
	sa_free(&lower);
}

/* "SRS0" or "SRS1" where the local part begins so, with the separator that
 * others may use. */
static char
kind_of(const char *s)
{
	if (strncasecmp(s, "srs", 3) == 0 && (s[3] == '0' || s[3] == '1') &&
	    s[4] && strchr("=-+", s[4]))
		return s[3];
	return 0;
}

/* The next part of *s, up to '=': its length, or 0 where there is none. */
static size_t
part(const char **s, const char *end)
{
	const char *eq = memchr(*s, '=', (size_t)(end - *s)), *was = *s;

	if (!eq || eq == was)
		return 0;
	*s = eq + 1;
	return (size_t)(eq - was);
}

/* "hash=day=domain=local", whole: what a forwarder wrote behind "SRS0=". */
static bool
is_srs0(const char *s, const char *end)
{
	const char *domain;
	size_t len;

	if (!part(&s, end) || !part(&s, end))
		return false;
	domain = s;
	len = part(&s, end);
	return len && addr_is_domain(domain, len) && s < end;
}

/* '0', '1', or 0: an address that only begins like one is anybody's. */
static char
forwarded(const char *s, size_t at)
{
	const char *end = s + at, *domain, *p = s + HEAD;
	char kind = kind_of(s);
	size_t len;

	if (kind == '0')
		return is_srs0(p, end) ? kind : 0;
	if (kind != '1' || !part(&p, end))
		return 0;
	domain = p;
	len = part(&p, end);
	if (!len || !addr_is_domain(domain, len) || p == end ||
	    !strchr("=-+", *p) || !is_srs0(p + 1, end))
		return 0;
	return kind;
}

/* The domain; the dot that may stand behind it is none of it. */
static void
cat_domain(stralloc *rest, const char *domain)
{
	size_t len = strlen(domain);

	sa_catb(rest, domain, len - (len && domain[len - 1] == '.'));
}

/* What stands behind the hash, of a sender that was never rewritten. */
static void
first_hop(stralloc *rest, const char *sender, size_t at, uint64_t wall_s)
{
	unsigned day = (unsigned)(wall_s / DAY_SECONDS % DAYS);

	sa_append(rest, token_digit(day >> 5));
	sa_append(rest, token_digit(day));
	sa_append(rest, '=');
	cat_domain(rest, sender + at + 1);
	sa_append(rest, '=');
	sa_catb(rest, sender, at);
	sa_0(rest);
}

/* ... of one that another forwarder made: who, and what it made of it. */
static void
next_hop(stralloc *rest, const char *sender, size_t at, char kind)
{
	const char *p = sender + HEAD;

	if (kind == '0') {
		cat_domain(rest, sender + at + 1);
		sa_cats(rest, "=");
		sa_catb(rest, sender + HEAD - 1, at - (HEAD - 1));
	} else {
		part(&p, sender + at);
		sa_copyb(rest, p, at - (size_t)(p - sender));
	}
	sa_0(rest);
}

bool
srs_make(stralloc *out, const char *sender, const char *domain,
    uint64_t wall_s)
{
	size_t at = addr_at(sender, strlen(sender));
	stralloc rest = { 0 };
	char kind = forwarded(sender, at);
	const char *why;
	bool ok = addr_check(sender, strlen(sender), &why) &&
		  *sender != '"' && sender[at + 1] != '[' &&
		  addr_is_domain(domain, strlen(domain));

	if (ok && kind)
		next_hop(&rest, sender, at, kind);
	else if (ok)
		first_hop(&rest, sender, at, wall_s);
	if (ok) {
		sa_copys(out, kind ? "SRS1=" : "SRS0=");
		cat_hash(out, kind ? "1" : "0", rest.s);
		sa_append(out, '=');
		sa_cat(out, &rest);
		sa_append(out, '@');
		sa_cat0(out, domain);
		ok = addr_check(out->s, out->len, &why);
	}
	sa_free(&rest);
	return ok;
}

/* Is the day of "dd=..." one of the last? */
static bool
is_young(const char *rest, uint64_t wall_s)
{
	unsigned now = (unsigned)(wall_s / DAY_SECONDS % DAYS), day;
	int a = token_value(rest[0]), b = a < 0 ? -1 : token_value(rest[1]);

	if (a < 0 || b < 0 || rest[2] != '=')
		return false;
	day = (unsigned)(a << 5 | b);
	return (now + DAYS - day) % DAYS <= SRS_AGE_DAYS;
}

/* Whoever bounces may have written our address in capitals. */
static void
cat_lower(stralloc *out, const char *domain, size_t len)
{
	while (len--)
		sa_append(out, text_lower(*domain++));
}

/* "domain=local" */
static bool
join(stralloc *out, const char *s)
{
	const char *eq = strchr(s, '=');

	if (!eq || eq == s || !eq[1])
		return false;
	sa_copys(out, eq + 1);
	sa_append(out, '@');
	cat_lower(out, s, (size_t)(eq - s));
	sa_0(out);
	return true;
}

/* "domain==rest", or with the first forwarder's other separator */
static bool
join_srs0(stralloc *out, const char *s)
{
	const char *eq = strchr(s, '=');

	if (!eq || eq == s || !eq[1] || !eq[2] || !strchr("=-+", eq[1]))
		return false;
	sa_copys(out, "SRS0");
	sa_cats(out, eq + 1);
	sa_append(out, '@');
	cat_lower(out, s, (size_t)(eq - s));
	sa_0(out);
	return true;
}

bool
srs_back(stralloc *out, const char *address, uint64_t wall_s)
{
	size_t at = addr_at(address, strlen(address));
	stralloc local = { 0 }, hash = { 0 };
	char kind = kind_of(address);
	const char *rest, *why;
	bool ok;

	sa_copyb(&local, address, at);
	sa_0(&local);
	ok = kind && address[at] && address[4] == '=' &&
	     at > HEAD + SRS_HASH + 4 && local.s[HEAD + SRS_HASH] == '=';
	if (ok) {
		rest = local.s + HEAD + SRS_HASH + 1;
		cat_hash(&hash, kind == '1' ? "1" : "0", rest);
		sa_0(&hash);
		ok = token_is(hash.s, local.s + HEAD, SRS_HASH) &&
		     (kind == '1' ? join_srs0(out, rest)
				  : is_young(rest, wall_s) &&
					join(out, rest + 3)) &&
		     addr_check(out->s, out->len, &why);
	}
	sa_free(&local);
	sa_free(&hash);
	return ok;
}
