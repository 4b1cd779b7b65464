/* SPDX-License-Identifier: ISC */
/* DNS records as libunbound hands them over.
 *
 * Covers: deliver/resolver_rdata.c */
#include "deliver/resolver_rdata.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *d = (uint8_t *)fuzz_copy(data, size);
	static struct resolver_host h;
	char name[RESOLVER_NAME_MAX + 1], tlsa[100], reverse[RDATA_REVERSE_SIZE];
	struct ip ip;

	if (rdata_name(name, d, size) && *name)
		FUZZ_HOLDS(rdata_is_host(name) && strlen(name) <= 253);
	if (rdata_mx(&h, d, size) && *h.name)
		FUZZ_HOLDS(rdata_is_host(h.name) && h.preference <= 65535);
	if (rdata_tlsa(tlsa, sizeof tlsa, d, size))
		FUZZ_HOLDS(strlen(tlsa) < sizeof tlsa);
	if (rdata_address(&ip, d, size)) {
		FUZZ_HOLDS(size == 4 || size == 16);
		rdata_reverse(reverse, &ip);
	}
	free(d);
	return 0;
}
