/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "deliver/resolver_proto.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) s, sizeof(s) - 1

static int
scan_request(const char *wire, size_t len)
{
	struct resolver_request req;

	return resolver_request_scan(&req, wire, len);
}

static int
scan_hosts(const char *wire, size_t len)
{
	static struct resolver_answer a;

	return resolver_hosts_scan(&a, wire, len);
}

static int
scan_list(const char *wire, size_t len)
{
	static struct resolver_list l;

	return resolver_list_scan(&l, wire, len);
}

static const struct {
	const char *name;
	int (*scan)(const char *wire, size_t len);
	const char *wire;
	size_t len;
	int result;
	size_t whole; /* a shorter length that is whole too, or 0 */
} rows[] = {
	{ "M", scan_request,
	    B("M"
	      "1:1,"
	      "11:far.example,"),
	    0, 0 },
	{ "A", scan_request,
	    B("A"
	      "1:1,"
	      "1:a,"),
	    0, 0 },
	{ "P", scan_request,
	    B("P"
	      "1:1,"
	      "9:192.0.2.1,"),
	    0, 0 },
	{ "L", scan_request,
	    B("L"
	      "1:1,"
	      "2:25,"
	      "1:a,"),
	    0, 0 },
	{ "P, no address", scan_request,
	    B("P"
	      "1:1,"
	      "1:a,"),
	    -1, 0 },
	{ "L, no port", scan_request,
	    B("L"
	      "1:1,"
	      "5:99999,"
	      "1:a,"),
	    -1, 0 },
	{ "other version", scan_request,
	    B("M"
	      "1:2,"
	      "1:a,"),
	    -1, 0 },
	{ "other operation", scan_request,
	    B("Q"
	      "1:1,"
	      "1:a,"),
	    -1, 0 },
	{ "operation NUL", scan_request,
	    B("\0"
	      "1:1,"
	      "1:a,"),
	    -1, 0 },
	{ "field too many", scan_request,
	    B("M"
	      "1:1,"
	      "1:a,"
	      "1:b,"),
	    -1, 17 },
	{ "found", scan_hosts,
	    B("Y"
	      "5:found,"
	      "1:0,"
	      "2:10,"
	      "1:a,"
	      "2:01,"),
	    -1, 0 },
	{ "a host", scan_hosts,
	    B("Y"
	      "5:found,"
	      "1:1,"
	      "2:10,"
	      "1:a,"
	      "1:1,"
	      "9:192.0.2.1,"),
	    0, 0 },
	{ "host without address", scan_hosts,
	    B("Y"
	      "5:found,"
	      "1:1,"
	      "2:10,"
	      "1:a,"
	      "1:0,"),
	    0, 0 },
	{ "found nothing", scan_hosts,
	    B("Y"
	      "5:found,"
	      "1:1,"),
	    -1, 0 },
	{ "nullmx", scan_hosts,
	    B("Y"
	      "6:nullmx,"
	      "1:1,"),
	    0, 0 },
	{ "nullmx with a host", scan_hosts,
	    B("Y"
	      "6:nullmx,"
	      "1:1,"
	      "2:10,"
	      "1:a,"
	      "1:0,"),
	    -1, 19 },
	{ "down is not said", scan_hosts,
	    B("Y"
	      "4:down,"
	      "1:1,"),
	    -1, 0 },
	{ "17 addresses", scan_hosts,
	    B("Y"
	      "5:found,"
	      "1:1,"
	      "2:10,"
	      "1:a,"
	      "2:17,"),
	    -1, 0 },
	{ "names", scan_list,
	    B("Y"
	      "5:found,"
	      "1:0,"
	      "1:a,"),
	    0, 0 },
	{ "no names", scan_list,
	    B("Y"
	      "6:nodata,"
	      "1:0,"),
	    0, 0 },
	{ "secure neither", scan_list,
	    B("Y"
	      "6:nodata,"
	      "1:2,"),
	    -1, 0 },
};

static void
test_rows(void)
{
	struct guard g;
	size_t i, cut;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (cut = 0; cut <= rows[i].len; cut++) {
			const char *p = guard_copy(&g, rows[i].wire, cut);
			int got = rows[i].scan(p, cut);

			if (cut == rows[i].len)
				CHECK(rows[i].name, got == rows[i].result);
			else if (rows[i].result == 0)
				CHECK(rows[i].name, got == -1);
			guard_free(&g);
		}
}

static void
test_most(void)
{
	static struct resolver_answer a, b;
	static char buf[DELIVER_MSG_MAX];
	unsigned i, j;
	long n;

	a.status = RESOLVER_FOUND;
	a.secure = true;
	a.nhosts = RESOLVER_HOSTS_MAX;
	for (i = 0; i < RESOLVER_HOSTS_MAX; i++) {
		a.hosts[i].preference = i;
		memset(a.hosts[i].name, 'a', RESOLVER_NAME_MAX);
		a.hosts[i].naddrs = RESOLVER_ADDRS_MAX;
		for (j = 0; j < RESOLVER_ADDRS_MAX; j++)
			memset(a.hosts[i].addrs[j].b, (int)(0x21 + i), 16);
	}
	n = resolver_hosts_put(buf, sizeof(buf), &a);
	CHECK("the largest answer fits", n > 0);
	CHECK("and comes back", resolver_hosts_scan(&b, buf, (size_t)n) == 0 &&
				    memcmp(&a, &b, sizeof(a)) == 0);
}

int
main(void)
{
	test_rows();
	test_most();
	return CHECK_DONE();
}
