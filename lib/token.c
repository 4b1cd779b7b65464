/* SPDX-License-Identifier: ISC */
#include "lib/token.h"

#include <sodium.h>
#include <stdarg.h>
#include <string.h>

#define HASH_BYTES 32

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

char
token_digit(unsigned n)
{
	return alphabet[n & 31];
}

int
token_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static void
spell(char *out, size_t chars, const unsigned char *hash)
{
	size_t i, bit;
	unsigned pair;

	for (i = 0; i < chars; i++) {
		bit = i * 5;
		pair = (unsigned)hash[bit / 8] << 8;
		if (bit / 8 + 1 < HASH_BYTES)
			pair |= hash[bit / 8 + 1];
		out[i] = token_digit(pair >> (11 - bit % 8));
	}
	out[chars] = 0;
}

void
token_make_(char out[TOKEN_MAX + 1], size_t chars,
    const unsigned char key[TOKEN_KEY_BYTES], ...)
{
	crypto_generichash_state state;
	unsigned char hash[HASH_BYTES], len[2];
	const char *part;
	size_t n;
	va_list ap;

	crypto_generichash_init(&state, key, TOKEN_KEY_BYTES, HASH_BYTES);
	va_start(ap, key);
	while ((part = va_arg(ap, const char *))) {
		n = strlen(part);
		len[0] = (unsigned char)(n >> 8);
		len[1] = (unsigned char)n;
		crypto_generichash_update(&state, len, sizeof len);
		crypto_generichash_update(
		    &state, (const unsigned char *)part, n);
	}
	va_end(ap);
	crypto_generichash_final(&state, hash, HASH_BYTES);
	spell(out, chars < TOKEN_MAX ? chars : TOKEN_MAX, hash);
}

bool
token_is(const char *text, const char *s, size_t len)
{
	size_t i, n = strlen(text);
	int differ = 0;

	if (len != n)
		return false;
	for (i = 0; i < n; i++)
		differ |= token_value(text[i]) ^ token_value(s[i]);
	return differ == 0;
}
