/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_ROUTES_H
#define DELIVER_REMOTE_ROUTES_H

/* etc/routes and etc/smarthosts, read whole. */
#include <stdbool.h>
#include <stddef.h>
#include "deliver/remote_dest.h"

#define ROUTES_MAX         10000   /* lines of etc/routes */
#define ROUTES_FILE_MAX    4194304 /* bytes */
#define ROUTES_PATTERN_MAX 255     /* bytes */

/* pattern: a domain; ".domain": every name below it; "*": the rest. */
struct remote_route {
	char pattern[ROUTES_PATTERN_MAX + 1];
	unsigned long line;
	unsigned column;
	unsigned ndests;
	struct remote_dest *dests;
};
struct remote_routes {
	struct remote_route *routes; /* sorted by pattern */
	size_t n;
	struct remote_dest smarthosts[REMOTE_DESTS_MAX];
	unsigned nsmarthosts;
};
/* Replaces what r (zeroed at first) holds.  0, or -1: errors has the lines, or
 * errno-like text for a file that cannot be read; r is empty then. */
int remote_routes_read(struct remote_routes *r, const char *routes_file,
    const char *smarthosts_file, struct line_errors *errors);
/* The route of a domain (lower case), exact before the longest ".domain" before
 * "*", or NULL. */
const struct remote_route *remote_routes_find(
    const struct remote_routes *r, const char *domain);
void remote_routes_free(struct remote_routes *r);

#endif
