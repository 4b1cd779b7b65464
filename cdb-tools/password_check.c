/* SPDX-License-Identifier: ISC */
#include "cdb-tools/cdb-tools.h"
#include <crypt.h>
#include <errno.h>
#include <sodium.h>
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

static int
check_argon2(const char *hash, const char *password)
{
	if (sodium_init() == -1)
		return -1;
	errno = 0;
	if (crypto_pwhash_str_verify(hash, password, strlen(password)) == 0)
		return 1;
	return errno == ENOMEM ? -1 : 0;
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
