/* SPDX-License-Identifier: ISC */
/* run/deliver/resolver.
 *
 * Covers: deliver/resolver_proto.c */
#include "deliver/resolver_proto.h"
#include "tests/fuzz/fuzz.h"

static char buf[DELIVER_MSG_MAX];
static struct resolver_answer a, a2;
static struct resolver_list l, l2;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_copy(data, size);
	struct resolver_request q, q2;
	unsigned i;
	long n;

	if (resolver_request_scan(&q, p, size) == 0) {
		FUZZ_HOLDS(q.op && strchr("MAPL", q.op));
		n = resolver_request_put(buf, sizeof buf, &q);
		FUZZ_HOLDS(n > 0);
		FUZZ_HOLDS(resolver_request_scan(&q2, buf, (size_t)n) == 0);
		FUZZ_HOLDS(!strcmp(q.name, q2.name) && q.port == q2.port);
	}
	if (resolver_hosts_scan(&a, p, size) == 0) {
		FUZZ_HOLDS(a.nhosts <= RESOLVER_HOSTS_MAX);
		for (i = 0; i < a.nhosts; i++)
			FUZZ_HOLDS(a.hosts[i].naddrs <= RESOLVER_ADDRS_MAX);
		n = resolver_hosts_put(buf, sizeof buf, &a);
		FUZZ_HOLDS(n > 0);
		FUZZ_HOLDS(resolver_hosts_scan(&a2, buf, (size_t)n) == 0);
		FUZZ_HOLDS(a2.nhosts == a.nhosts && a2.status == a.status);
	}
	if (resolver_list_scan(&l, p, size) == 0) {
		FUZZ_HOLDS(l.nitems <= RESOLVER_ITEMS_MAX);
		n = resolver_list_put(buf, sizeof buf, &l);
		FUZZ_HOLDS(n > 0);
		FUZZ_HOLDS(resolver_list_scan(&l2, buf, (size_t)n) == 0);
		FUZZ_HOLDS(l2.nitems == l.nitems);
	}
	free(p);
	return 0;
}
