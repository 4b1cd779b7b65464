/* SPDX-License-Identifier: ISC */
#ifndef TLSD_ACCEPTOR_H
#define TLSD_ACCEPTOR_H

/* Takes requests and forks a session for each: the loop of tlsd and tlsd-out.
 *
 * It reads the requests of our own daemons, never a byte of a client. */
#include "lib/listen_limits.h"
#include "lib/service.h"
#include "tlsd/session.h"

#define ACCEPTOR_PENDING_MAX  64    /* callers whose request has not come yet */
#define ACCEPTOR_REQUEST_MS   5000  /* for it to come */
#define ACCEPTOR_TICK_MS      1000  /* while not serving, and between checks */
#define ACCEPTOR_SESSIONS_IP  300   /* sessions with one address (IPv6 /64) */
#define ACCEPTOR_SESSIONS_NET 600   /* ... with one IPv4 /24 or IPv6 /48 */
#define ACCEPTOR_SHUN_MS      60000 /* an address at which a session crashed */
#define ACCEPTOR_COMPLAIN_MS  60000 /* between lines about the same limit */

struct acceptor_spec {
	char op; /* of the requests: 'I' or 'O' */
	/* May it serve now?  Asked at the start, and while not, every
	 * ACCEPTOR_TICK_MS. */
	bool (*able)(void *arg);
	/* Before the fork: fills in ctx, signer, begin.  NULL, or the reason to
	 * refuse. */
	const char *(*prepare)(void *arg, struct session *s);
	void *arg;
	int watch; /* a descriptor whose end ends the program, or -1 */
};

/* Until SIGTERM, which ends the sessions, too.  Should the process die some
 * other way, they go on, and its supervisor starts a new one. */
int acceptor_run(struct service *sv, const struct acceptor_spec *spec);

#endif
