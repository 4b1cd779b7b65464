/* SPDX-License-Identifier: ISC */
#include "cdb-tools/password_make.h"
#include <sodium.h>
#include <string.h>

/* Cheap on purpose.  Argon2id makes guessable passwords dear to guess; these
 * have 80 random bits, which nobody guesses at any price, so all that a dearer
 * hash would slow down is our customers' logins (2.7 ms each as it is). */
#define HASH_PASSES 1
#define HASH_MEMORY ((size_t)8 << 20) /* bytes */

/* No 0 and o, no 1, l and i taken for another (no capitals at all: they are
 * typed into telephones). */
static const char alphabet[] = "abcdefghjkmnpqrstuvwxyz23456789";

void
password_make(char password[PASSWORD_CHARS + 1])
{
	uint32_t i;

	for (i = 0; i < PASSWORD_CHARS; i++)
		password[i] =
		    alphabet[randombytes_uniform(sizeof alphabet - 1)];
	password[i] = 0;
}

int
password_hash(char hash[PASSWORD_HASH_SIZE], const char *password)
{
	static const char scheme[] = "{ARGON2ID}";
	size_t n = sizeof scheme - 1;

	_Static_assert(
	    sizeof scheme - 1 + crypto_pwhash_STRBYTES <= PASSWORD_HASH_SIZE,
	    "the hash fits");
	memcpy(hash, scheme, n);
	return crypto_pwhash_str_alg(hash + n, password, strlen(password),
	    HASH_PASSES, HASH_MEMORY, crypto_pwhash_ALG_ARGON2ID13);
}
