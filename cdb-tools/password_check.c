/* SPDX-License-Identifier: ISC */
#include "cdb-tools/cdb-tools.h"
#include <crypt.h>
#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Is *hash written as {scheme}...?  Then steps behind it. */
static bool
take_scheme(const char **hash, const char *scheme)
{
	size_t len = strlen(scheme);

	if (**hash != '{' || strncasecmp(*hash + 1, scheme, len) != 0 ||
	    (*hash)[len + 1] != '}')
		return false;
	*hash += len + 2;
	return true;
}

/* What libsodium and Dovecot write: one lane, a salt of 16 bytes. */
struct argon2 {
	unsigned long kib, passes;
	int alg;
	unsigned char salt[crypto_pwhash_SALTBYTES], out[64];
	size_t len;
};

static bool
take_number(unsigned long *n, const char *before, const char **p)
{
	size_t len = strlen(before);
	char *end;

	if (strncmp(*p, before, len) != 0 || !isdigit((unsigned char)(*p)[len]))
		return false;
	*n = strtoul(*p + len, &end, 10);
	*p = end;
	return *n <= UINT32_MAX;
}

static bool
take_base64(unsigned char *out, size_t max, size_t *len, const char **p)
{
	return **p == '$' &&
	       sodium_base642bin(out, max, *p + 1, strlen(*p + 1), NULL, len, p,
		   sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;
}

static bool
argon2_scan(struct argon2 *a, const char *p)
{
	unsigned long version, lanes;
	size_t salt;
	bool id = strncmp(p, "$argon2id$", 10) == 0;

	if (!id && strncmp(p, "$argon2i$", 9) != 0)
		return false;
	a->alg =
	    id ? crypto_pwhash_ALG_ARGON2ID13 : crypto_pwhash_ALG_ARGON2I13;
	p += id ? 9 : 8;
	return take_number(&version, "$v=", &p) && version == 19 &&
	       take_number(&a->kib, "$m=", &p) &&
	       take_number(&a->passes, ",t=", &p) &&
	       take_number(&lanes, ",p=", &p) && lanes == 1 &&
	       take_base64(a->salt, sizeof a->salt, &salt, &p) &&
	       salt == sizeof a->salt &&
	       take_base64(a->out, sizeof a->out, &a->len, &p) && !*p &&
	       a->len >= crypto_pwhash_BYTES_MIN;
}

/* The library's own verification says "wrong" for want of memory, too: it is
 * for what others wrote, in ways that the call that can tell does not know. */
static int
check_argon2(const char *hash, const char *password)
{
	size_t len = strlen(password);
	struct argon2 a;
	unsigned char out[sizeof a.out];

	if (sodium_init() == -1)
		return -1;
	errno = 0;
	if (argon2_scan(&a, hash)) {
		if (crypto_pwhash(out, a.len, password, len, a.salt, a.passes,
			a.kib * 1024, a.alg) == 0)
			return sodium_memcmp(out, a.out, a.len) == 0;
		if (errno == ENOMEM)
			return -1;
	}
	return crypto_pwhash_str_verify(hash, password, len) == 0;
}

static int
check_crypt(const char *hash, const char *password)
{
	struct crypt_data *data; /* 32 KiB: too much for a thread's stack */
	const char *out;
	int r = -1;

	data = calloc(1, sizeof *data);
	if (!data)
		return -1;
	out = crypt_r(password, hash, data);
	if (!out || out[0] == '*') {
		errno = ENOSYS;
		goto out;
	}
	r = strlen(out) == strlen(hash) &&
	    sodium_memcmp(out, hash, strlen(hash)) == 0;
out:
	sodium_memzero(data, sizeof *data);
	free(data);
	return r;
}

int
password_check(const char *hash, const char *password)
{
	if (take_scheme(&hash, "ARGON2ID") || take_scheme(&hash, "ARGON2I"))
		return check_argon2(hash, password);
	if (take_scheme(&hash, "SHA512-CRYPT") ||
	    take_scheme(&hash, "SHA256-CRYPT") ||
	    take_scheme(&hash, "BLF-CRYPT") ||
	    take_scheme(&hash, "MD5-CRYPT") || take_scheme(&hash, "CRYPT"))
		return check_crypt(hash, password);
	errno = ENOSYS;
	return -1;
}
