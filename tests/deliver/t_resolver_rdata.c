/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "deliver/resolver_rdata.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1
#define L63  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define W63  "\77" L63

static const struct {
	const char *name, *wire;
	size_t len;
	int result;
	const char *text;
} names[] = {
	{ "root", B("\0"), 1, "" },
	{ "a name", B("\3mxa\7EXAMPLE\0"), 1, "mxa.example" },
	{ "bytes behind", B("\1a\0x"), 0, NULL },
	{ "compressed", B("\1a\300\14"), 0, NULL },
	{ "a dot inside", B("\3a.b\0"), 0, NULL },
	{ "a blank inside", B("\3a b\0"), 0, NULL },
	{ "a NUL inside", B("\3a\0b\0"), 0, NULL },
	{ "longest label", B(W63 "\0"), 1, L63 },
	{ "too long", B(W63 W63 W63 W63 W63 "\0"), 0, NULL },
};

static const struct {
	const char *name;
	bool good;
} hosts[] = {
	{ "a.example", true },
	{ "a", true },
	{ "_25._tcp.a", true },
	{ "1.2.3.4", true },
	{ L63 ".b", true },
	{ L63 "a.b", false },
	{ "", false },
	{ ".", false },
	{ "a..b", false },
	{ ".a", false },
	{ "a.", false },
	{ "a b", false },
	{ "a\n", false },
	{ "[1]", false },
	{ "\303\244.example", false },
	{ L63 "." L63 "." L63 "." L63, false },
};

static void
test_names(void)
{
	char out[RESOLVER_NAME_MAX + 1];
	struct guard g;
	size_t i, cut;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (cut = 0; cut <= names[i].len; cut++) {
			const char *p = guard_copy(&g, names[i].wire, cut);
			int got = rdata_name(out, (const uint8_t *)p, cut);

			if (cut == names[i].len) {
				CHECK(names[i].name, got == names[i].result);
				if (got)
					CHECK(names[i].name,
					    strcmp(out, names[i].text) == 0);
			} else if (names[i].result) {
				CHECK(names[i].name, got == 0);
			}
			guard_free(&g);
		}
	for (i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		CHECK(hosts[i].name,
		    rdata_is_host(hosts[i].name) == hosts[i].good);
}

static void
test_records(void)
{
	struct resolver_host h;
	struct ip ip;
	char out[RDATA_REVERSE_SIZE], small[12];

	CHECK("mx", rdata_mx(&h, (const uint8_t *)"\1\2\1a\0", 5) == 1 &&
			h.preference == 258 && strcmp(h.name, "a") == 0);
	CHECK("mx cut", rdata_mx(&h, (const uint8_t *)"\1\2", 2) == 0);
	CHECK("tlsa", rdata_tlsa(out, sizeof(out),
			  (const uint8_t *)"\3\1\1\253\315", 5) == 1 &&
			  strcmp(out, "3 1 1 abcd") == 0);
	CHECK("tlsa fits",
	    rdata_tlsa(small, 11, (const uint8_t *)"\3\1\1\253\315", 5) == 1);
	CHECK("tlsa does not",
	    rdata_tlsa(small, 10, (const uint8_t *)"\3\1\1\253\315", 5) == 0);
	CHECK("a", rdata_address(&ip, (const uint8_t *)"\300\0\2\1", 4) == 1);
	rdata_reverse(out, &ip);
	CHECK("reverse", strcmp(out, "1.2.0.192.in-addr.arpa") == 0);
	CHECK("no address", rdata_address(&ip, (const uint8_t *)"abc", 3) == 0);
	ip_parse(&ip, "2001:db8::1");
	rdata_reverse(out, &ip);
	CHECK(
	    "reverse 6", strcmp(out, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
				     "0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa") == 0);
}

static uint32_t
draw(void)
{
	static uint32_t n;

	return n = n * 1103515245u + 12345u;
}

static void
test_sort(void)
{
	struct resolver_host h[20];
	unsigned i, n;

	for (n = 0; n <= 20; n++) {
		for (i = 0; i < n; i++)
			h[i].preference = (i * 7) % 5;
		rdata_sort_hosts(h, n, draw);
		for (i = 1; i < n; i++)
			CHECK("sorted", h[i - 1].preference <= h[i].preference);
	}
}

int
main(void)
{
	test_names();
	test_records();
	test_sort();
	return CHECK_DONE();
}
