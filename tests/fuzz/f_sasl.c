/* SPDX-License-Identifier: ISC */
/* Base64 and SASL PLAIN.
 *
 * Covers: lib/base64.c pop3d/plain.c */
#include "lib/base64.h"
#include "pop3d/plain.h"
#include "tests/fuzz/fuzz.h"

static void
encode(char *out, const unsigned char *s, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm"
				     "nopqrstuvwxyz0123456789+/";
	size_t i, k;
	uint32_t v;

	for (i = 0; i < len; i += 3, out += 4) {
		v = (uint32_t)s[i] << 16;
		v |= i + 1 < len ? (uint32_t)s[i + 1] << 8 : 0;
		v |= i + 2 < len ? s[i + 2] : 0;
		for (k = 0; k < 4; k++)
			out[k] = i + k > len ? '=' : digits[v >> (18 - 6 * k) & 63];
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_copy(data, size), *a = malloc(size + 3),
	     *again = malloc(size + 4);
	size_t alen = 0;
	struct plain p;
	int r = base64_decode(a, &alen, s, size);

	if (r) {
		encode(again, (unsigned char *)a, alen);
		FUZZ_HOLDS((alen + 2) / 3 * 4 == size &&
		    !memcmp(again, s, size));
	}
	plain_parse(&p, s, size);
	/* and what a good encoding would carry */
	a = realloc(a, (size + 3) / 3 * 4 + 4);
	encode(a, data, size);
	if (plain_parse(&p, a, (size + 2) / 3 * 4) == PLAIN_OK)
		FUZZ_HOLDS(strlen(p.user) + strlen(p.password) + 2 <= size);
	free(s);
	free(a);
	free(again);
	return 0;
}
