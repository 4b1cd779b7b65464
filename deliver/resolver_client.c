/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include "deliver/resolver_proto.h"
#include "lib/sock.h"

/* Length of the answer in wire, or -1. */
static ssize_t
call(char wire[DELIVER_MSG_MAX], const struct resolver_request *req,
    int timeout_ms)
{
	long len = resolver_request_put(wire, DELIVER_MSG_MAX, req);

	if (len == -1)
		return -1;
	return sock_call(DELIVER_RESOLVER_PATH, wire, (size_t)len, NULL, 0,
	    wire, DELIVER_MSG_MAX, NULL, timeout_ms);
}

void
resolver_ask(struct resolver_answer *a, char op, const char *name)
{
	struct resolver_request req = { .op = op };
	char wire[DELIVER_MSG_MAX];
	ssize_t n;

	a->status = RESOLVER_NXDOMAIN;
	a->secure = false;
	a->nhosts = 0;
	if (strlen(name) > RESOLVER_NAME_MAX)
		return;
	snprintf(req.name, sizeof(req.name), "%s", name);
	n = call(wire, &req, RESOLVER_TIMEOUT_MS);
	if (n > 0 && resolver_hosts_scan(a, wire, (size_t)n) == 0)
		return;
	a->status = RESOLVER_DOWN;
	a->secure = false;
	a->nhosts = 0;
}

void
resolver_ptr(char name[RESOLVER_NAME_MAX + 1], const struct ip *ip)
{
	struct resolver_request req = { .op = 'P', .ip = *ip };
	struct resolver_list list;
	char wire[DELIVER_MSG_MAX];
	ssize_t n = call(wire, &req, RESOLVER_PTR_TIMEOUT_MS);

	name[0] = 0;
	if (n <= 0 || resolver_list_scan(&list, wire, (size_t)n) == -1)
		return;
	if (list.nitems && strlen(list.items[0]) <= RESOLVER_NAME_MAX)
		snprintf(name, RESOLVER_NAME_MAX + 1, "%.*s", RESOLVER_NAME_MAX,
		    list.items[0]);
}
