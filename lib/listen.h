/* SPDX-License-Identifier: ISC */
#ifndef LIB_LISTEN_H
#define LIB_LISTEN_H

/* The TCP listener of smtpd and pop3d: parent, acceptor, one fork a connection.
 *
 *	struct listen *l = listen_new(classes);
 *
 *	service_start_with(&sv, "smtpd", argc, argv, "l:", listen_option, l);
 *	if (listen_any(l))
 *		return listen_run(l, &sv, &spec);
 *	listen_ucspi(&conn, "smtp"); // fds 0/1 of somebody else's listener
 *	sv.once = true;
 *	service_enter(&sv);
 *	return serve(&conn, NULL);
 *
 * The parent binds (or takes sockets from its supervisor: LISTEN_FDS), drops,
 * executes the program anew as an acceptor and watches it.  The acceptor
 * accepts, counts, forks and never reads a client.  When a child dies of a
 * signal that means a fault, the acceptor ends and the parent starts a fresh
 * one (new address layout), at most once a second, with the counts of the
 * sessions that go on; and the dead child's address is slowed down for
 * LISTEN_SLOW_FORGET: its connections wait LISTEN_SLOW_SECONDS each.
 * main() up to listen_run runs in both processes: keep it cheap, and load
 * tables in prepare.
 *
 * Options of both daemons: -l ADDRESS:PORT[,class] each, several; class is the
 * name serve gets ("smtp", "submission", "submissions", "pop3", "pop3s");
 * without one it is the program's name less the final d.  IPv6 in brackets;
 * "*:25" is every address of IPv4 and of IPv6.  Sockets of LISTEN_FDS have
 * the classes of LISTEN_FDNAMES; what systemd writes where no name is set
 * ("unknown", "x.socket") is none.
 *
 * Addresses in etc/proxies must begin with a PROXY header (v1 or v2, whole in
 * LISTEN_PROXY_SECONDS); from all others one is a protocol error of the daemon
 * itself.  Limits, each with a default that is on (lib/setting_table.c): etc/
 *   connections, connections-ip (an IPv6 /64), connections-net (/24, /48)
 * Past one, the client gets refuse_line and is closed without a fork, and the
 * first of an address is logged.  Proxies count only in connections.  A change
 * of these files counts within a second. */
#include <stdbool.h>
#include <stdint.h>
#include "lib/ip.h"
#include "lib/service.h"

#define LISTEN_SOCKETS_MAX   16
#define LISTEN_SLOW_SECONDS  2
#define LISTEN_SLOW_FORGET   600 /* seconds */
#define LISTEN_PROXY_SECONDS 5
#define LISTEN_STOP_SECONDS  5 /* from SIGTERM to SIGKILL for sessions */

struct listen_conn {
	int fd; /* blocking, TCP_NODELAY */
	const char *class_name;
	struct ip remote, local; /* after PROXY */
	uint16_t remote_port, local_port;
	bool proxied_tls; /* PROXY v2 said the client spoke TLS to it: unused */
};
struct listen_spec {
	/* The line for a client past a limit, or while etc/ is broken, with
	 * CRLF; the class decides.  NULL: nothing can be said (TLS from the
	 * first byte). */
	const char *(*refuse_line)(const char *class_name, bool broken);
	/* In the child.  Confinement of the service row is in force; connect to
	 * other daemons only from here on.  Its value is the exit code. */
	int (*serve)(const struct listen_conn *conn, void *arg);
	/* In the acceptor, confined: at its start, and before a fork when the
	 * last call is a second ago: opens and refreshes what every child then
	 * has for nothing (tables).  May be NULL. */
	void (*prepare)(void *arg);
	void *arg;
};
struct listen;
/* classes: the program's, NULL behind the last. */
struct listen *listen_new(const char *const *classes);
/* NULL: name is one of them; else what is wrong, until the next call. */
const char *listen_class_wrong(const struct listen *l, const char *name);
/* Parses one -l value into l's list.  0, or -1 with a logged reason. */
int listen_add(struct listen *l, const char *value);
/* For service_start_with; l is a struct listen.  Ends the program (100) when
 * listen_add fails. */
void listen_option(void *l, int letter, const char *value);
/* Is there anything to listen on: -l, or sockets from the supervisor? */
bool listen_any(const struct listen *l);
/* Binds everything; then service_enter, service_ready, and serves for good.
 * Returns the exit code after SIGTERM (children are told, waited for). */
int listen_run(struct listen *l, struct service *sv,
    const struct listen_spec *spec);

/* As a UCSPI program on fds 0/1: fills conn from TCPREMOTEIP, TCPREMOTEPORT,
 * TCPLOCALIP, TCPLOCALPORT (PROTO TCP or TCP6), else from getpeername.  fd is
 * 0 (and 1 for output is the same connection).  Before service_enter. */
void listen_ucspi(struct listen_conn *conn, const char *class_name);

#endif
