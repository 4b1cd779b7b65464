/* SPDX-License-Identifier: ISC */
/* Addresses and networks in text.
 *
 * Covers: lib/ip.c */
#include "lib/ip.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = fuzz_string(data, size), text[IP_TEXT_SIZE];
	const char *why = NULL;
	struct ip ip, again;
	unsigned bits;

	if (ip_parse(&ip, s)) {
		ip_format(text, &ip);
		FUZZ_HOLDS(ip_parse(&again, text) && ip_equal(&ip, &again));
	}
	if (ip_parse_net(&ip, &bits, s, &why)) {
		FUZZ_HOLDS(bits <= 128);
		again = ip;
		ip_mask(&again, bits);
		FUZZ_HOLDS(ip_equal(&ip, &again));
	} else {
		FUZZ_HOLDS(why);
	}
	if (size >= 16) {
		memcpy(ip.b, data, 16);
		ip_format(text, &ip);
		FUZZ_HOLDS(ip_parse(&again, text) && ip_equal(&ip, &again));
	}
	free(s);
	return 0;
}
