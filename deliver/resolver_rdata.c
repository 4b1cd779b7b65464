/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_rdata.h"
#include <stdio.h>
#include <string.h>

#define LABEL_MAX 63  /* bytes */
#define HOST_MAX  253 /* bytes of a name in text, without the last dot */

static bool
is_host_byte(unsigned char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       (ch >= '0' && ch <= '9') || ch == '-' || ch == '_';
}

bool
rdata_is_host(const char *name)
{
	size_t i, label = 0;

	for (i = 0; name[i]; i++) {
		if (name[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!is_host_byte((unsigned char)name[i]) ||
			   ++label > LABEL_MAX) {
			return false;
		}
	}
	return label > 0 && i <= HOST_MAX;
}

int
rdata_name(char out[RESOLVER_NAME_MAX + 1], const uint8_t *data, size_t len)
{
	size_t pos = 0, n = 0, i, label;

	for (;;) {
		if (pos == len)
			return 0;
		label = data[pos++];
		if (label == 0)
			break;
		if (label > LABEL_MAX || label > len - pos ||
		    n + label + 1 > RESOLVER_NAME_MAX)
			return 0;
		if (n)
			out[n++] = '.';
		for (i = 0; i < label; i++, pos++) {
			unsigned char ch = data[pos];

			if (!is_host_byte(ch))
				return 0;
			out[n++] =
			    (char)(ch >= 'A' && ch <= 'Z' ? ch | 32 : ch);
		}
	}
	out[n] = 0;
	return pos == len;
}

int
rdata_mx(struct resolver_host *h, const uint8_t *data, size_t len)
{
	if (len < 3)
		return 0;
	h->preference = (unsigned)data[0] << 8 | data[1];
	h->naddrs = 0;
	return rdata_name(h->name, data + 2, len - 2);
}

int
rdata_tlsa(char *out, size_t size, const uint8_t *data, size_t len)
{
	size_t i, n;

	if (len < 4)
		return 0;
	n = (size_t)snprintf(out, size, "%u %u %u ", data[0], data[1], data[2]);
	if (n + 2 * (len - 3) + 1 > size)
		return 0;
	for (i = 3; i < len; i++)
		n += (size_t)snprintf(out + n, size - n, "%02x", data[i]);
	return 1;
}

int
rdata_address(struct ip *ip, const uint8_t *data, size_t len)
{
	memset(ip->b, 0, sizeof(ip->b));
	if (len == 4) {
		ip->b[10] = ip->b[11] = 0xff;
		memcpy(ip->b + 12, data, 4);
		return 1;
	}
	if (len != 16)
		return 0;
	memcpy(ip->b, data, 16);
	return 1;
}

void
rdata_sort_hosts(
    struct resolver_host *hosts, unsigned n, uint32_t (*draw)(void))
{
	struct resolver_host h;
	unsigned i, j;

	for (i = n; i > 1; i--) {
		j = draw() % i;
		h = hosts[i - 1];
		hosts[i - 1] = hosts[j];
		hosts[j] = h;
	}
	for (i = 1; i < n; i++) {
		h = hosts[i];
		for (j = i; j && hosts[j - 1].preference > h.preference; j--)
			hosts[j] = hosts[j - 1];
		hosts[j] = h;
	}
}

void
rdata_reverse(char out[RDATA_REVERSE_SIZE], const struct ip *ip)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *b = ip->b;
	char *p = out;
	int i;

	if (ip_is_v4(ip)) {
		snprintf(out, RDATA_REVERSE_SIZE, "%u.%u.%u.%u.in-addr.arpa",
		    b[15], b[14], b[13], b[12]);
		return;
	}
	for (i = 15; i >= 0; i--) {
		*p++ = hex[b[i] & 15];
		*p++ = '.';
		*p++ = hex[b[i] >> 4];
		*p++ = '.';
	}
	memcpy(p, "ip6.arpa", sizeof("ip6.arpa"));
}
