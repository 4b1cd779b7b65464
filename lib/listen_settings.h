/* SPDX-License-Identifier: ISC */
#ifndef LIB_LISTEN_SETTINGS_H
#define LIB_LISTEN_SETTINGS_H

/* What the acceptor reads of etc/: its limits, and who is a proxy.  A file is
 * read again when it changed. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include "lib/listen_limits.h"
#include "lib/netfile.h"

#define LISTEN_TICK_MS 1000  /* files are looked at this often, when busy */
#define LISTEN_SAID_MS 60000 /* one line about an address in this time */

struct listen_settings {
	struct stat seen[3];
	bool looked;
	struct netfile proxies;
	uint64_t looked_ms;
};
/* true: it was time to look again, and l has the limits as they are now. */
bool listen_settings_look(struct listen_settings *s, struct listen_limits *l,
    uint64_t now_ms);
/* 1: a proxy.  0: not.  -1: etc/proxies is broken, nobody can say. */
int listen_settings_proxy(
    const struct listen_settings *s, const struct ip *ip);

#endif
