/* SPDX-License-Identifier: ISC */
#ifndef LIB_LISTEN_INSIDE_H
#define LIB_LISTEN_INSIDE_H

/* What the modules of lib/listen share.  Nobody else includes this.
 *
 * The parent executes the program anew as acceptor, with these descriptors and
 * with the sockets' classes, joined by ':', in LISTEN_ENV_CLASSES.  State is a
 * memfd that holds a struct listen_limits: the acceptor counts in it, so that
 * however it ends the parent knows its sessions; children do not have it.
 * Control brings the pids of sessions that an earlier acceptor left, as they end, and
 * hangs up when the parent is gone. */
#include "lib/listen.h"
#include "lib/listen_limits.h"

#define LISTEN_FD_CONTROL  3
#define LISTEN_FD_STATE    4
#define LISTEN_FD_READY    5 /* later the acceptor's signalfd */
#define LISTEN_FD_FIRST    6 /* the sockets */
#define LISTEN_ENV_FDS     "POSTERN_LISTEN_FDS" /* known to lib/service */
#define LISTEN_ENV_CLASSES "POSTERN_LISTEN_CLASSES"
#define LISTEN_CLASS_MAX   24 /* bytes, NUL included */
#define LISTEN_RESTART_MS  1000

struct listen_socket {
	int fd; /* -1: not open */
	bool optional; /* the IPv6 half of "*" */
	struct ip ip;
	uint16_t port;
	char class_name[LISTEN_CLASS_MAX];
};
struct listen {
	const char *const *classes; /* the program's */
	int n;
	struct listen_socket sockets[LISTEN_SOCKETS_MAX];
};

/* Binds what listen_add asked for, takes what the supervisor gives.  Ends the
 * program (100, 111) when it cannot. */
void listen_open(struct listen *l, const struct service *sv);
/* Blocks what parent and acceptor wait for: SIGCHLD, SIGTERM, SIGINT, SIGHUP. */
void listen_block_signals(void);
/* The acceptor, when we were executed as one: its exit code. */
int listen_accept_run(struct service *sv, const struct listen_spec *spec);
/* The child: never returns. */
struct listen_arrival {
	int fd;
	const char *class_name;
	struct ip remote;
	uint16_t port;
	bool proxied, slow;
};
void listen_session(const struct listen_arrival *a, int nsockets,
    const struct listen_spec *spec) __attribute__((noreturn));

#endif
