/* SPDX-License-Identifier: ISC */
#include "cdb-tools/cdb-tools.h"
#include <errno.h>
#include <string.h>

#define PREFIXES 129 /* lengths 0 to 128 */

/* Which prefix lengths are in use; how many, or -1. */
static int
prefixes(uint8_t out[PREFIXES], struct table *t)
{
	const char *data;
	size_t i, len;
	int r;

	r = table_get(t, "b", 1, &data, &len);
	if (r != 1)
		return r;
	if (len > PREFIXES) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(out, data, len); /* the next look-up moves data */
	for (i = 0; i < len; i++)
		if (out[i] >= PREFIXES) {
			errno = EBADMSG;
			return -1;
		}
	return (int)len;
}

int
nets_lookup(struct table *t, const struct ip *ip, bool *denied)
{
	uint8_t bits[PREFIXES];
	char key[2 + sizeof ip->b];
	struct ip net;
	const char *data;
	size_t len;
	int i, n, r;

	*denied = false;
	n = prefixes(bits, t);
	if (n <= 0)
		return n;
	for (i = 0; i < n; i++) {
		net = *ip;
		ip_mask(&net, bits[i]);
		key[0] = 'n';
		key[1] = (char)bits[i];
		memcpy(key + 2, net.b, sizeof net.b);
		r = table_get_same(t, key, sizeof key, &data, &len);
		if (r == -1)
			return -1;
		if (r == 0)
			continue;
		*denied = len != 1 || data[0] != '+';
		return !*denied;
	}
	return 0;
}
