/* SPDX-License-Identifier: ISC */
/* The parts of a line of etc/users that have a grammar of their own. */
#include <ctype.h>
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "cdb-tools/users_file.h"
#include "cdb-tools/users_parts.h"

static bool
size_of(uint64_t *bytes, const char *s, size_t len, uint64_t unit)
{
	static const char letters[] = "bkmgt";
	const char *letter;
	size_t i;

	*bytes = 0;
	for (i = 0; i < len && s[i] >= '0' && s[i] <= '9'; i++)
		if (__builtin_mul_overflow(*bytes, 10, bytes) ||
		    __builtin_add_overflow(
			*bytes, (uint64_t)(s[i] - '0'), bytes))
			return false;
	if (i == 0 || i + 1 < len)
		return false;
	if (i < len) {
		letter = strchr(letters, tolower((unsigned char)s[i]));
		if (!letter || !s[i])
			return false;
		unit = (uint64_t)1 << 10 * (letter - letters);
	}
	return !__builtin_mul_overflow(*bytes, unit, bytes);
}

int
users_size(uint64_t *bytes, const char *s, size_t len, uint64_t unit)
{
	if (size_of(bytes, s, len, unit))
		return 1;
	*bytes = 0; /* not half of it */
	return 0;
}

int
users_quota_part(struct users_span *rest, enum users_part *part,
    struct users_span *text, uint64_t *n)
{
	static const char *const names[] = { [USERS_STORAGE] = "storage=",
		[USERS_MESSAGES] = "messages=" };
	const char *colon = memchr(rest->s, ':', rest->len);
	struct users_span item = { rest->s,
		colon ? (size_t)(colon - rest->s) : rest->len };
	size_t skip;

	if (!rest->len)
		return 0;
	*part = users_is(&item, names[USERS_MESSAGES]) ? USERS_MESSAGES
						       : USERS_STORAGE;
	if (!users_is(&item, names[*part]))
		return -1;
	skip = strlen(names[*part]);
	*text = (struct users_span){ item.s + skip, item.len - skip };
	rest->s += item.len + (colon != NULL);
	rest->len -= item.len + (colon != NULL);
	if (*part == USERS_MESSAGES && text->len &&
	    !isdigit((unsigned char)text->s[text->len - 1]))
		return -1;
	/* as Dovecot has it: kibibytes without a letter */
	return users_size(n, text->s, text->len,
		   *part == USERS_STORAGE ? 1024 : 1)
		   ? 1
		   : -1;
}

int
users_quota(uint64_t *bytes, uint64_t *messages, struct users_span rule)
{
	struct users_span text;
	enum users_part part;
	uint64_t n;
	int rc;

	while ((rc = users_quota_part(&rule, &part, &text, &n)) == 1)
		*(part == USERS_STORAGE ? bytes : messages) = n;
	return rc;
}

struct users_span
users_scheme(const struct users_span *hash)
{
	const char *end = hash->len && hash->s[0] == '{'
			      ? memchr(hash->s, '}', hash->len)
			      : NULL;

	return end ? (struct users_span){ hash->s + 1,
		(size_t)(end - hash->s) - 1 }
		   : (struct users_span){ hash->s, 0 };
}

/* m=KIBIBYTES of an Argon2 hash, 0 when there is none. */
static unsigned long
argon2_memory(const struct users_span *hash)
{
	const char *m = memmem(hash->s, hash->len, "$m=", 3);
	unsigned long n = 0;

	if (!m)
		return 0;
	for (m += 3;
	     m < hash->s + hash->len && *m >= '0' && *m <= '9' && n < 100000000;
	     m++)
		n = n * 10 + (unsigned long)(*m - '0');
	return n;
}

static bool
is_known(const struct users_span *scheme)
{
	static const char *const known[] = { "ARGON2ID", "ARGON2I",
		"SHA512-CRYPT", "SHA256-CRYPT", "BLF-CRYPT", "MD5-CRYPT",
		"CRYPT" };
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (scheme->len == strlen(known[i]) &&
		    !strncasecmp(scheme->s, known[i], scheme->len))
			return true;
	return false;
}

const char *
users_hash_fault(const struct users_span *hash)
{
	struct users_span scheme = users_scheme(hash);

	if (hash->len > USER_HASH_MAX)
		return "the hash is longer than 255 bytes; 'userdb passwd' "
		       "makes a new one";
	if (!scheme.len)
		return "no {SCHEME} before the hash; write {CRYPT} there, or "
		       "use 'userdb passwd'";
	if (!is_known(&scheme))
		return "passwords of this {SCHEME} cannot be verified; use "
		       "'userdb passwd'";
	if (hash->len == scheme.len + 2)
		return "no hash behind its {SCHEME}; use 'userdb passwd'";
	if (argon2_memory(hash) > USERS_ARGON2_KIB_MAX)
		return "the hash wants more than 128 MiB of memory for each "
		       "login; use 'userdb passwd'";
	return NULL;
}

bool
users_hash_likely(const struct users_span *hash)
{
	static const char des[] = "./0123456789"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz";
	size_t i, skip = users_scheme(hash).len + 2; /* with its braces */
	const char *s = hash->s + skip;

	if (hash->len <= skip)
		return false;
	if (strchr("$_!*", *s))
		return true;
	for (i = skip; i < hash->len; i++)
		if (!memchr(des, hash->s[i], sizeof des - 1))
			return false;
	return hash->len - skip == 13;
}

void
users_schemed(stralloc *out, const char *hash)
{
	static const struct {
		const char *prefix, *scheme;
	} known[] = { { "$argon2id$", "{ARGON2ID}" },
		{ "$argon2i$", "{ARGON2I}" }, { "$6$", "{SHA512-CRYPT}" },
		{ "$5$", "{SHA256-CRYPT}" }, { "$2a$", "{BLF-CRYPT}" },
		{ "$2b$", "{BLF-CRYPT}" }, { "$2y$", "{BLF-CRYPT}" },
		{ "$1$", "{MD5-CRYPT}" } };
	size_t i;

	sa_clear(out);
	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (!strncmp(hash, known[i].prefix, strlen(known[i].prefix)))
			break;
	if (i < sizeof known / sizeof *known)
		sa_cats(out, known[i].scheme);
	else if (*hash != '{' && *hash)
		sa_cats(out, "{CRYPT}");
	sa_cat0(out, hash);
}
