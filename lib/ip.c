/* SPDX-License-Identifier: ISC */
#include "lib/ip.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include "lib/text.h"

#define BITS_V4  96 /* of ::ffff:0:0/96, before those of IPv4 */
#define BITS_MAX 128
#define WORDS    8

static const uint8_t v4_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0xff };

bool
ip_is_v4(const struct ip *ip)
{
	return memcmp(ip->b, v4_prefix, sizeof(v4_prefix)) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const struct ip one = { { [15] = 1 } };

	if (ip_is_v4(ip))
		return ip->b[12] == 127;
	return ip_equal(ip, &one);
}

bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

/* One decimal number of 0 to 255 without leading zeros; the byte behind it, or
 * NULL. */
static const char *
scan_octet(const char *s, uint8_t *out)
{
	unsigned n = 0;
	int i;

	for (i = 0; s[i] >= '0' && s[i] <= '9'; i++) {
		if (i == 3 || (i == 1 && s[0] == '0'))
			return NULL;
		n = n * 10 + (unsigned)(s[i] - '0');
	}
	if (i == 0 || n > 255)
		return NULL;
	*out = (uint8_t)n;
	return s + i;
}

static int
parse_v4(struct ip *ip, const char *text)
{
	int i;

	memcpy(ip->b, v4_prefix, sizeof(v4_prefix));
	for (i = 0; i < 4; i++) {
		text = scan_octet(text, &ip->b[12 + i]);
		if (!text || *text != (i == 3 ? 0 : '.'))
			return 0;
		text++;
	}
	return 1;
}

int
ip_parse(struct ip *ip, const char *text)
{
	struct in6_addr a;

	if (!strchr(text, ':'))
		return parse_v4(ip, text);
	if (strlen(text) >= IP_TEXT_SIZE || inet_pton(AF_INET6, text, &a) != 1)
		return 0;
	memcpy(ip->b, a.s6_addr, sizeof(ip->b));
	return 1;
}

/* The longest run of at least two zero words, the first of equals. */
static void
longest_zeros(const unsigned *w, int *start, int *len)
{
	int i, run = 0;

	*start = -1;
	*len = 1;
	for (i = 0; i < WORDS; i++) {
		run = w[i] ? 0 : run + 1;
		if (run > *len) {
			*len = run;
			*start = i - run + 1;
		}
	}
}

void
ip_format(char out[IP_TEXT_SIZE], const struct ip *ip)
{
	unsigned w[WORDS];
	int i, start, len;
	char *p = out;

	if (ip_is_v4(ip)) {
		for (i = 12; i < 16; i++) {
			p += text_num(p, ip->b[i]);
			*p++ = '.';
		}
		p[-1] = '\0';
		return;
	}
	for (i = 0; i < WORDS; i++)
		w[i] = (unsigned)ip->b[2 * i] << 8 | ip->b[2 * i + 1];
	longest_zeros(w, &start, &len);
	for (i = 0; i < WORDS; i++) {
		if (i == start) {
			*p++ = ':';
			i += len - 1;
			if (i == WORDS - 1)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		p += sprintf(p, "%x", w[i]);
	}
	*p = 0;
}

int
ip_from_sockaddr(
    struct ip *ip, uint16_t *port, const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

	if (ss->ss_family == AF_INET) {
		memcpy(ip->b, v4_prefix, sizeof(v4_prefix));
		memcpy(ip->b + 12, &in->sin_addr, 4);
		*port = ntohs(in->sin_port);
		return 1;
	}
	if (ss->ss_family == AF_INET6) {
		memcpy(ip->b, &in6->sin6_addr, 16);
		*port = ntohs(in6->sin6_port);
		return 1;
	}
	return 0;
}

socklen_t
ip_to_sockaddr(struct sockaddr_storage *ss, const struct ip *ip, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;

	memset(ss, 0, sizeof(*ss));
	if (ip_is_v4(ip)) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, ip->b + 12, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, ip->b, 16);
	return sizeof(*in6);
}

void
ip_mask(struct ip *ip, unsigned bits)
{
	unsigned i;

	for (i = 0; i < sizeof(ip->b); i++) {
		if (bits >= 8 * (i + 1))
			continue;
		if (bits <= 8 * i)
			ip->b[i] = 0;
		else
			ip->b[i] &= (uint8_t)(0xff << (8 * (i + 1) - bits));
	}
}

/* What follows the '/': 0 to 128, no leading zeros.  1 or 0. */
static int
scan_prefix(const char *s, unsigned *bits)
{
	uint8_t n;
	const char *end = scan_octet(s, &n);

	if (!end || *end)
		return 0;
	*bits = n;
	return 1;
}

int
ip_parse_net(struct ip *net, unsigned *bits, const char *text, const char **why)
{
	const char *slash = strchr(text, '/');
	char addr[IP_TEXT_SIZE];
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	unsigned first = strchr(text, ':') ? 0 : BITS_V4;
	struct ip masked;

	*why = "not an IP address; write 192.0.2.0/24 or 2001:db8::/32";
	if (len >= sizeof(addr))
		return 0;
	memcpy(addr, text, len);
	addr[len] = 0;
	if (!ip_parse(net, addr))
		return 0;
	*bits = BITS_MAX - first;
	*why = "what follows the / is not a number; write it without sign or "
	       "leading zeros, as in /24";
	if (slash && !scan_prefix(slash + 1, bits))
		return 0;
	*why = first ? "an IPv4 prefix is at most /32"
		     : "an IPv6 prefix is at most /128";
	if (*bits > BITS_MAX - first)
		return 0;
	*bits += first;
	masked = *net;
	ip_mask(&masked, *bits);
	*why = "address bits are set behind the prefix; write the network's "
	       "first address, or a longer prefix";
	return ip_equal(&masked, net);
}

bool
ip_in_net(const struct ip *ip, const struct ip *net, unsigned bits)
{
	struct ip a = *ip, b = *net;

	if (bits < BITS_V4 && ip_is_v4(ip))
		return false;
	ip_mask(&a, bits);
	ip_mask(&b, bits);
	return ip_equal(&a, &b);
}
