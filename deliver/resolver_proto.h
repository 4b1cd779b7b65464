/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_PROTO_H
#define DELIVER_RESOLVER_PROTO_H

/* The codec of run/deliver/resolver: deliver.h is the specification.
 *
 * For resolver itself and resolver_client.c.  Free of libowfat. */
#include <stddef.h>
#include "deliver/deliver.h"

enum resolver_status { RESOLVER_FOUND, RESOLVER_NULLMX, RESOLVER_NXDOMAIN,
	RESOLVER_NODATA, RESOLVER_TEMP, RESOLVER_BOGUS,
	RESOLVER_DOWN }; /* never on the wire: resolver itself did not answer */
struct resolver_host {
	unsigned preference;
	char name[RESOLVER_NAME_MAX + 1];
	struct ip addrs[RESOLVER_ADDRS_MAX];
	unsigned naddrs;
};
struct resolver_answer {
	enum resolver_status status;
	bool secure;
	struct resolver_host hosts[RESOLVER_HOSTS_MAX];
	unsigned nhosts;
};
/* op: 'M' or 'A'.  A status always: DOWN is a local fault; TEMP, BOGUS: later. */
void resolver_ask(struct resolver_answer *a, char op, const char *name);

#define RESOLVER_ITEMS_MAX 16   /* names or TLSA records of one answer */
#define RESOLVER_ITEM_SIZE 1100 /* bytes of one, NUL included */

struct resolver_request {
	char op;                          /* M A P L */
	char name[RESOLVER_NAME_MAX + 1]; /* M, A, L */
	struct ip ip;                     /* P */
	uint16_t port;                    /* L */
};
/* The answer to P and L. */
struct resolver_list {
	enum resolver_status status;
	bool secure;
	unsigned nitems;
	char items[RESOLVER_ITEMS_MAX][RESOLVER_ITEM_SIZE];
};

const char *resolver_status_name(enum resolver_status status);

/* Length, or -1 (EMSGSIZE). */
long resolver_request_put(
    char *buf, size_t size, const struct resolver_request *req);
/* 0, or -1 (EPROTO). */
int resolver_request_scan(
    struct resolver_request *req, const char *wire, size_t len);
long resolver_hosts_put(
    char *buf, size_t size, const struct resolver_answer *a);
int resolver_hosts_scan(
    struct resolver_answer *a, const char *wire, size_t len);
long resolver_list_put(char *buf, size_t size, const struct resolver_list *l);
int resolver_list_scan(struct resolver_list *l, const char *wire, size_t len);

#endif
