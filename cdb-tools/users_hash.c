/* SPDX-License-Identifier: ISC */
/* The shape of a hash: is there a password at all that it is of? */
#include "cdb-tools/users_hash.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define CUT      "it is cut short, or no hash"
#define MISMATCH "its {SCHEME} is not the one that it begins with"

/* What crypt(3) writes: what each begins with, how long the last field is, and
 * the {SCHEME} of its own, if there is one. */
static const struct {
	const char *prefix;
	size_t last; /* behind the last '$' */
	const char *scheme;
} kinds[] = {
	{ "$1$", 22, "MD5-CRYPT" },
	{ "$5$", 43, "SHA256-CRYPT" },
	{ "$6$", 86, "SHA512-CRYPT" },
	{ "$2a$", 53, "BLF-CRYPT" },
	{ "$2b$", 53, "BLF-CRYPT" },
	{ "$2x$", 53, "BLF-CRYPT" },
	{ "$2y$", 53, "BLF-CRYPT" },
	{ "$y$", 43, NULL },
	{ "$gy$", 43, NULL },
	{ "$7$", 43, NULL },
	{ "$sm3$", 43, NULL },
	{ "$sm3y$", 43, NULL },
	{ "$sha1$", 28, NULL },
	{ "$md5", 22, NULL },
	{ "$3$", 32, NULL },
};
#define KINDS (sizeof kinds / sizeof *kinds)

static bool
begins(const struct users_span *s, const char *with)
{
	size_t n = strlen(with);

	return s->len >= n && !memcmp(s->s, with, n);
}

static bool
is_scheme(const struct users_span *scheme, const char *name)
{
	return scheme->len == strlen(name) &&
	       !strncasecmp(scheme->s, name, scheme->len);
}

/* How many of the characters that hashes are written in stand at s. */
static size_t
written(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len &&
	       (isalnum((unsigned char)s[n]) || strchr("./+", s[n])) && s[n])
		n++;
	return n;
}

/* Takes "before" and a number of at least least. */
static bool
take_number(struct users_span *s, const char *before, unsigned long least)
{
	unsigned long n = 0;
	size_t i = strlen(before), digits = i;

	if (!begins(s, before))
		return false;
	for (; i < s->len && isdigit((unsigned char)s->s[i]) && n < 1000000000;
	     i++)
		n = n * 10 + (unsigned long)(s->s[i] - '0');
	s->s += i;
	s->len -= i;
	return i > digits && n >= least;
}

/* $argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH */
static bool
is_argon2(struct users_span s)
{
	size_t salt, hash, skip = begins(&s, "$argon2id$") ? 9 : 8;

	if (skip == 8 && !begins(&s, "$argon2i$"))
		return false;
	s.s += skip;
	s.len -= skip;
	if (!take_number(&s, "$v=", 19) || !take_number(&s, "$m=", 8) ||
	    !take_number(&s, ",t=", 1) || !take_number(&s, ",p=", 1) ||
	    !begins(&s, "$"))
		return false;
	salt = written(s.s + 1, s.len - 1);
	if (salt < 11 || s.len < salt + 2 || s.s[1 + salt] != '$')
		return false;
	hash = written(s.s + salt + 2, s.len - salt - 2);
	return hash >= 16 && salt + 2 + hash == s.len;
}

static const char *
crypt_fault(const struct users_span *scheme, const struct users_span *s)
{
	const char *last = memrchr(s->s, '$', s->len);
	size_t i, n;

	if (!last && *s->s == '_') /* BSD's */
		return written(s->s + 1, s->len - 1) == 19 && s->len == 20
			   ? NULL
			   : CUT;
	if (!last) /* DES: 2 and 11 for each 8 characters of the password */
		return s->len >= 13 && (s->len - 2) % 11 == 0 &&
			       written(s->s, s->len) == s->len
			   ? NULL
			   : CUT;
	n = s->len - (size_t)(last + 1 - s->s);
	for (i = 0; i < KINDS && !begins(s, kinds[i].prefix); i++)
		;
	if (i == KINDS) /* who knows what crypt(3) learns */
		return is_scheme(scheme, "CRYPT") ? NULL : MISMATCH;
	if (!is_scheme(scheme, "CRYPT") &&
	    (!kinds[i].scheme || !is_scheme(scheme, kinds[i].scheme)))
		return MISMATCH;
	return n == kinds[i].last && written(last + 1, n) == n ? NULL : CUT;
}

bool
users_hash_locks(const struct users_span *hash)
{
	size_t skip = users_scheme(hash).len + 2; /* with its braces */

	return hash->len > skip && strchr("*!", hash->s[skip]);
}

const char *
users_hash_never(const struct users_span *hash)
{
	struct users_span scheme = users_scheme(hash);
	struct users_span s = { hash->s + scheme.len + 2,
		hash->len - scheme.len - 2 };

	if (hash->len <= scheme.len + 2)
		return CUT;
	if (users_hash_locks(hash))
		return "it begins with '!' or '*', which locks";
	if (is_scheme(&scheme, "ARGON2ID") || is_scheme(&scheme, "ARGON2I"))
		return is_argon2(s) ? NULL : CUT;
	return crypt_fault(&scheme, &s);
}
