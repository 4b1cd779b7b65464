/* SPDX-License-Identifier: ISC */
#include "pop3d/uidl.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define HASH_BYTES 16

int
uidl_rule(enum uidl_rule *rule, const char *name, size_t len)
{
	if (len != 0 && !(len == 3 && memcmp(name, "own", 3) == 0))
		return 0;
	*rule = UIDL_OWN;
	return 1;
}

static bool
is_plain(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < 0x21 || s[i] > 0x7e)
			return false;
	return len > 0 && len <= UIDL_MAX;
}

size_t
uidl_make(char out[UIDL_MAX], enum uidl_rule rule, const char *base, size_t len)
{
	unsigned char hash[HASH_BYTES];
	char hex[2 * HASH_BYTES + 1];
	const char *comma = memchr(base, ',', len);

	(void)rule; /* there is one so far */
	if (comma)
		len = (size_t)(comma - base);
	if (is_plain(base, len)) {
		memcpy(out, base, len);
		return len;
	}
	crypto_generichash(
	    hash, sizeof hash, (const unsigned char *)base, len, NULL, 0);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	memcpy(out, hex, 2 * HASH_BYTES);
	return 2 * HASH_BYTES;
}
