/* SPDX-License-Identifier: ISC */
#include "lib/ip.h"
#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *text, *formatted; /* NULL: not an address */
} parses[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "::ffff:192.0.2.1", "192.0.2.1" },
	{ "::FFFF:c000:0201", "192.0.2.1" },
	{ "::", "::" },
	{ "::1", "::1" },
	{ "1::", "1::" },
	{ "::1:2", "::1:2" },
	{ "2001:DB8::1", "2001:db8::1" },
	{ "2001:db8:0:0:0:0:0:1", "2001:db8::1" },
	{ "2001:0db8::0001", "2001:db8::1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
	{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
	{ "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8" },
	{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
	{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
	{ "::192.0.2.1", "::c000:201" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "", NULL },
	{ "1", NULL },
	{ "1.2.3", NULL },
	{ "1.2.3.4.5", NULL },
	{ "1.2.3.4.", NULL },
	{ ".1.2.3.4", NULL },
	{ "1..2.3", NULL },
	{ "01.2.3.4", NULL },
	{ "1.2.3.04", NULL },
	{ "00.0.0.0", NULL },
	{ "256.1.1.1", NULL },
	{ "1.2.3.1000", NULL },
	{ "0x7f.0.0.1", NULL },
	{ " 1.2.3.4", NULL },
	{ "1.2.3.4 ", NULL },
	{ "1.2.3.4/32", NULL },
	{ "-1.2.3.4", NULL },
	{ ":", NULL },
	{ ":::", NULL },
	{ "1::2::3", NULL },
	{ "1:2:3:4:5:6:7", NULL },
	{ "1:2:3:4:5:6:7:8:9", NULL },
	{ "12345::", NULL },
	{ "g::", NULL },
	{ "[::1]", NULL },
	{ "fe80::1%eth0", NULL },
	{ "::ffff:01.2.3.4", NULL },
	{ "::ffff:1.2.3", NULL },
	{ "::1 ", NULL },
	{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL },
};

static void
test_parses(void)
{
	char out[IP_TEXT_SIZE];
	struct ip ip, again;
	struct guard g;
	size_t i;

	for (i = 0; i < sizeof(parses) / sizeof(parses[0]); i++) {
		const char *p = guard_copy(&g, parses[i].text,
		    strlen(parses[i].text) + 1);

		CHECK(parses[i].text,
		    ip_parse(&ip, p) == (parses[i].formatted != NULL));
		guard_free(&g);
		if (!parses[i].formatted)
			continue;
		ip_format(out, &ip);
		CHECK(parses[i].text, strcmp(out, parses[i].formatted) == 0);
		CHECK(parses[i].text,
		    ip_parse(&again, out) == 1 && ip_equal(&ip, &again));
	}
}

static const struct {
	const char *text, *net; /* NULL: not a network, why holds word */
	unsigned bits;
	const char *word;
} nets[] = {
	{ "192.0.2.0/24", "192.0.2.0", 120, NULL },
	{ "192.0.2.1", "192.0.2.1", 128, NULL },
	{ "192.0.2.1/32", "192.0.2.1", 128, NULL },
	{ "0.0.0.0/0", "0.0.0.0", 96, NULL },
	{ "192.0.2.128/25", "192.0.2.128", 121, NULL },
	{ "2001:db8::/32", "2001:db8::", 32, NULL },
	{ "::/0", "::", 0, NULL },
	{ "::1", "::1", 128, NULL },
	{ "::ffff:192.0.2.0/120", "192.0.2.0", 120, NULL },
	{ "192.0.2.1/24", NULL, 0, "bits are set" },
	{ "2001:db8::1/64", NULL, 0, "bits are set" },
	{ "192.0.2.0/33", NULL, 0, "at most /32" },
	{ "2001:db8::/129", NULL, 0, "at most /128" },
	{ "192.0.2.0/", NULL, 0, "number" },
	{ "192.0.2.0/024", NULL, 0, "number" },
	{ "192.0.2.0/-1", NULL, 0, "number" },
	{ "192.0.2.0/24x", NULL, 0, "number" },
	{ "192.0.2.0/999999", NULL, 0, "number" },
	{ "192.0.2.0/255.255.255.0", NULL, 0, "number" },
	{ "192.0.2/24", NULL, 0, "not an IP address" },
	{ "/24", NULL, 0, "not an IP address" },
	{ "", NULL, 0, "not an IP address" },
	{ "example.com", NULL, 0, "not an IP address" },
	{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1", NULL, 0,
	    "not an IP address" },
};

static void
test_nets(void)
{
	char out[IP_TEXT_SIZE];
	const char *why;
	unsigned bits;
	struct ip net;
	size_t i;

	for (i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
		int rc = ip_parse_net(&net, &bits, nets[i].text, &why);

		CHECK(nets[i].text, rc == (nets[i].net != NULL));
		if (!rc) {
			CHECK(nets[i].text, strstr(why, nets[i].word));
			continue;
		}
		ip_format(out, &net);
		CHECK(nets[i].text, strcmp(out, nets[i].net) == 0);
		CHECK(nets[i].text, bits == nets[i].bits);
	}
}

static const struct {
	const char *ip, *net;
	bool in;
} members[] = {
	{ "192.0.2.255", "192.0.2.0/24", true },
	{ "192.0.3.0", "192.0.2.0/24", false },
	{ "::ffff:192.0.2.9", "192.0.2.0/24", true },
	{ "203.0.113.9", "0.0.0.0/0", true },
	{ "2001:db8::1", "0.0.0.0/0", false },
	{ "2001:db8::1", "::/0", true },
	{ "192.0.2.1", "::/0", false },
	{ "2001:db8:7fff::", "2001:db8::/33", true },
	{ "2001:db8:8000::", "2001:db8::/33", false },
	{ "::1", "::1", true },
	{ "::2", "::1", false },
};

static void
test_members(void)
{
	const char *why;
	struct ip ip, net;
	unsigned bits;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		ip_parse(&ip, members[i].ip);
		ip_parse_net(&net, &bits, members[i].net, &why);
		CHECK(members[i].net,
		    ip_in_net(&ip, &net, bits) == members[i].in);
	}
}

static void
test_mask(void)
{
	struct ip ip;
	unsigned bits, i, set;

	for (bits = 0; bits <= 130; bits++) {
		memset(ip.b, 0xff, sizeof(ip.b));
		ip_mask(&ip, bits);
		for (i = set = 0; i < 128; i++)
			set += ip.b[i / 8] >> (7 - i % 8) & 1;
		CHECK("mask", set == (bits < 128 ? bits : 128));
		CHECK("from the front", bits == 0 || (ip.b[0] & 0x80));
	}
}

static void
test_sockaddr(void)
{
	static const char *const texts[] = { "192.0.2.1", "2001:db8::5" };
	struct sockaddr_storage ss;
	struct ip ip, back;
	uint16_t port;
	size_t i;

	for (i = 0; i < 2; i++) {
		ip_parse(&ip, texts[i]);
		CHECK(texts[i], ip_to_sockaddr(&ss, &ip, 2525) > 0);
		CHECK(texts[i],
		    ss.ss_family == (ip_is_v4(&ip) ? AF_INET : AF_INET6));
		CHECK(texts[i], ip_from_sockaddr(&back, &port, &ss) == 1 &&
			port == 2525 && ip_equal(&ip, &back));
	}
	ss.ss_family = AF_UNIX;
	CHECK("neither", ip_from_sockaddr(&back, &port, &ss) == 0);
}

static void
test_loopback(void)
{
	static const struct {
		const char *text;
		bool yes;
	} t[] = { { "127.0.0.1", true }, { "127.9.9.9", true }, { "::1", true },
		{ "::ffff:127.0.0.1", true }, { "128.0.0.1", false },
		{ "::2", false }, { "::", false }, { "0.0.0.0", false } };
	struct ip ip;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ip_parse(&ip, t[i].text);
		CHECK(t[i].text, ip_is_loopback(&ip) == t[i].yes);
	}
}

int
main(void)
{
	test_parses();
	test_nets();
	test_members();
	test_mask();
	test_sockaddr();
	test_loopback();
	return CHECK_DONE();
}
