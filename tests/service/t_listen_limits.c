/* SPDX-License-Identifier: ISC */
#include "lib/listen_limits.h"

#include <string.h>
#include "tests/lib/check.h"

static struct listen_limits l, other;

static const struct {
	const char *name;
	const char *live[8]; /* a leading '-' : a proxy's, uncounted */
	const char *next, *want;
} rows[] = {
	{ "first", { NULL }, "192.0.2.1", NULL },
	{ "second of two", { "192.0.2.1" }, "192.0.2.1", NULL },
	{ "third of two", { "192.0.2.1", "192.0.2.1" }, "192.0.2.1",
	    "connections-ip" },
	{ "a neighbour", { "192.0.2.1", "192.0.2.1" }, "192.0.2.2", NULL },
	{ "a /24 is full", { "192.0.2.1", "192.0.2.2", "192.0.2.3" },
	    "192.0.2.4", "connections-net" },
	{ "the next /24 is not", { "192.0.2.1", "192.0.2.2", "192.0.2.3" },
	    "192.0.3.4", NULL },
	{ "IPv6: one /64 is one", { "2001:db8::1", "2001:db8::2" },
	    "2001:db8::3", "connections-ip" },
	{ "IPv6: a /48 is full", { "2001:db8:0:1::", "2001:db8:0:2::",
	    "2001:db8:0:3::" }, "2001:db8:0:4::", "connections-net" },
	{ "IPv6: the next /48", { "2001:db8:0:1::", "2001:db8:0:2::",
	    "2001:db8:0:3::" }, "2001:db8:1:4::", NULL },
	{ "all", { "10.0.0.1", "10.0.1.1", "10.0.2.1", "10.0.3.1",
	    "10.0.4.1" }, "10.0.5.1", "connections" },
	{ "proxies count in all alone", { "-192.0.2.1", "-192.0.2.1",
	    "-192.0.2.1" }, "192.0.2.1", NULL },
	{ "a proxy is not held to ip", { "192.0.2.1", "192.0.2.1" },
	    "-192.0.2.1", NULL },
};

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	if (!ip_parse(&ip, text + (*text == '-')))
		abort();
	return ip;
}

static void
fill(const char *const *live)
{
	struct ip ip;
	int i;

	l.n = 0;
	for (i = 0; live[i]; i++) {
		ip = ip_of(live[i]);
		listen_limits_add(&l, 100 + i, &ip, *live[i] == '-');
	}
}

static void
limits(void)
{
	const char *got;
	struct ip ip;
	size_t i;

	l.all = 5;
	l.ip = 2;
	l.net = 3;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fill(rows[i].live);
		ip = ip_of(rows[i].next);
		got = listen_limits_passed(&l, &ip, *rows[i].next == '-');
		CHECK(rows[i].name, rows[i].want ?
		    got && strcmp(got, rows[i].want) == 0 : !got);
	}
}

static void
coming_and_going(void)
{
	struct listen_live gone;

	fill(rows[9].live);
	CHECK("no such pid", !listen_limits_remove(&l, 99, &gone));
	CHECK("the second goes", listen_limits_remove(&l, 101, &gone) &&
	    l.n == 4);
	CHECK("only once", !listen_limits_remove(&l, 101, &gone));
	CHECK("it was ours", gone.pid == 101 && gone.own);
	other.n = 0;
	listen_limits_merge(&other, &l, false);
	CHECK("merged", other.n == 4 && !other.live[0].own);
	listen_limits_merge(&l, &other, true);
	CHECK("none of them is its own", l.n == 4);
	other.n = 4000000;
	other.slow.next = 70;
	l.n = 0;
	listen_limits_merge(&l, &other, false);
	CHECK("nonsense is cut", l.n == 4 && l.slow.next == 0);
}

static void
marks(void)
{
	static struct listen_marks m;
	struct ip a = ip_of("192.0.2.1"), b = ip_of("2001:db8::1");
	struct ip b2 = ip_of("2001:db8::2"), c = ip_of("10.0.0.0");
	int i;

	CHECK("marked first", listen_mark(&m, &a, 1000, 500));
	CHECK("not twice", !listen_mark(&m, &a, 1400, 500));
	CHECK("is marked", listen_marked(&m, &a, 1499));
	CHECK("forgotten", !listen_marked(&m, &a, 1500));
	CHECK("a /64 is one", listen_mark(&m, &b, 1, 500) &&
	    listen_marked(&m, &b2, 2));
	for (i = 0; i < LISTEN_MARKS_MAX; i++) {
		c.b[15] = (uint8_t)i;
		listen_mark(&m, &c, 1, 500);
	}
	CHECK("the oldest gave way", !listen_marked(&m, &b, 2));
	CHECK("the newest is there", listen_marked(&m, &c, 2));
}

int
main(void)
{
	limits();
	coming_and_going();
	marks();
	return CHECK_DONE();
}
