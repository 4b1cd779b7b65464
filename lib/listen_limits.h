/* SPDX-License-Identifier: ISC */
#ifndef LIB_LISTEN_LIMITS_H
#define LIB_LISTEN_LIMITS_H

/* Who is connected: live sessions, their addresses, and the limits on them.
 *
 * Plain arrays: a thousand sessions are counted in the time of a few system
 * calls, and a fork costs a hundred times that. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "lib/ip.h"

#define LISTEN_SESSIONS_MAX 4096
#define LISTEN_MARKS_MAX    64

struct listen_live {
	pid_t pid;
	bool own; /* our child, not one an earlier acceptor left */
	bool uncounted; /* a proxy's: not in ip and net */
	struct ip ip;
};
/* Addresses to remember for a while; the oldest gives way. */
struct listen_marks {
	unsigned next;
	struct {
		struct ip ip;
		uint64_t until_ms;
	} mark[LISTEN_MARKS_MAX];
};
struct listen_limits {
	unsigned all, ip, net; /* the most of each */
	unsigned n;
	struct listen_live live[LISTEN_SESSIONS_MAX];
	struct listen_marks slow, said;
};

/* The limit that one more connection would pass ("connections", ...), or NULL.
 */
const char *listen_limits_passed(const struct listen_limits *l,
    const struct ip *ip, bool uncounted);
void listen_limits_add(struct listen_limits *l, pid_t pid, const struct ip *ip,
    bool uncounted);
/* true: it was there, and is copied to *live. */
bool listen_limits_remove(struct listen_limits *l, pid_t pid,
    struct listen_live *live);

/* Marks an address (an IPv6 /64).  false: it was marked already. */
bool listen_mark(struct listen_marks *m, const struct ip *ip, uint64_t now_ms,
    uint64_t for_ms);
bool listen_marked(const struct listen_marks *m, const struct ip *ip,
    uint64_t now_ms);

/* Adds the live sessions of from, and takes over its slow addresses; with
 * own_only just the sessions that were from's own children.  None of them is
 * ours.  from is believed in nothing. */
void listen_limits_merge(struct listen_limits *l,
    const struct listen_limits *from, bool own_only);

#endif
