/* SPDX-License-Identifier: ISC */
#ifndef LIB_LISTEN_H
#define LIB_LISTEN_H

/* The TCP listener of smtpd and pop3d: parent, acceptor, one fork a connection.
 *
 * The parent binds (or takes sockets from its supervisor: LISTEN_FDS), drops,
 * starts an acceptor and watches it.  The acceptor accepts, counts, forks and
 * never reads a client.  When a child dies of a signal, the acceptor ends and
 * the parent starts a fresh one (new address layout), at most once a second,
 * and the dead child's address is slowed down: its next connections wait
 * LISTEN_SLOW_SECONDS.  The child's serve function gets the connection on fd,
 * TCP_NODELAY set, and its return value is the exit code.
 *
 * Options of both daemons: -l ADDRESS:PORT[,class] each, several; class is the
 * name serve gets ("smtp", "submission", "submissions", "pop3", "pop3s").
 * IPv6 in brackets.  Addresses in etc/proxies must begin with a PROXY header
 * (v1 or v2, LISTEN_PROXY_SECONDS); from all others one is a protocol error of
 * the daemon itself.  Limits, each with a default that is on, from etc/:
 *   connections (LISTEN_ALL_DEFAULT), connections-ip, connections-net
 * Past one, the client gets refuse_line and is closed without a fork. */
#include <stdbool.h>
#include <stdint.h>
#include "lib/ip.h"
#include "lib/service.h"

#define LISTEN_SOCKETS_MAX   16
#define LISTEN_ALL_DEFAULT   500 /* connections at once, etc/connections */
#define LISTEN_IP_DEFAULT    50  /* ... from one address (an IPv6 /64) */
#define LISTEN_NET_DEFAULT   100 /* ... from one IPv4 /24 or IPv6 /48 */
#define LISTEN_SLOW_SECONDS  2
#define LISTEN_PROXY_SECONDS 5

struct listen_conn {
	int fd;
	const char *class_name;
	struct ip remote, local; /* after PROXY */
	uint16_t remote_port, local_port;
	bool proxied_tls; /* PROXY v2 said the client spoke TLS to it: unused */
};
struct listen_spec {
	/* The line for a client past a limit, with CRLF; the class decides. */
	const char *(*refuse_line)(const char *class_name);
	/* In the child.  Confinement of the service row is in force; connect to
	 * other daemons only from here on. */
	int (*serve)(const struct listen_conn *conn, void *arg);
	void *arg;
};
/* Parses one -l value into l's list.  0, or -1 with a logged reason. */
struct listen;
struct listen *listen_new(void);
int listen_add(struct listen *l, const char *spec);
/* Binds everything; then service_enter, service_ready, and serves for good.
 * Returns the exit code after SIGTERM (children are told, waited for 5 s). */
int listen_run(struct listen *l, struct service *sv,
    const struct listen_spec *spec);

/* As a UCSPI program on fds 0/1: fills conn from TCPREMOTEIP, TCPREMOTEPORT,
 * TCPLOCALIP, TCPLOCALPORT (PROTO TCP or TCP6), else from getpeername. fd is 0
 * (and 1 for output is the same connection). */
void listen_ucspi(struct listen_conn *conn, const char *class_name);

#endif
