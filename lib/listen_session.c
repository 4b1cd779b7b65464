/* SPDX-License-Identifier: ISC */
/* The child of the acceptor: one connection. */
#include "lib/listen_inside.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/listen_proxy.h"
#include "lib/log.h"

static int
read_proxy(struct listen_conn *conn)
{
	struct listen_proxy p;
	char text[IP_TEXT_SIZE];

	if (listen_proxy_read(&p, conn->fd, LISTEN_PROXY_SECONDS * 1000) == -1) {
		ip_format(text, &conn->remote);
		log_event("no-proxy-header", "ip", text, "class",
		    conn->class_name, "reason", strerror(errno));
		return -1;
	}
	if (!p.known)
		return 0;
	conn->remote = p.remote;
	conn->local = p.local;
	conn->remote_port = p.remote_port;
	conn->local_port = p.local_port;
	conn->proxied_tls = p.tls;
	return 0;
}

void
listen_session(const struct listen_arrival *a, int nsockets,
    const struct listen_spec *spec)
{
	struct listen_conn conn = { .fd = a->fd, .class_name = a->class_name,
		.remote = a->remote, .remote_port = a->port };
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close_range(LISTEN_FD_CONTROL,
	    (unsigned)(LISTEN_FD_FIRST + nsockets - 1), 0);
	if (confine_alone() == -1)
		log_fatalsys(111, "unable to confine a session");
	if (a->slow)
		sleep(LISTEN_SLOW_SECONDS);
	if (getsockname(conn.fd, (struct sockaddr *)&ss, &len) == -1 ||
	    !ip_from_sockaddr(&conn.local, &conn.local_port, &ss))
		_exit(0);
	if (a->proxied && read_proxy(&conn) == -1)
		_exit(0);
	_exit(spec->serve(&conn, spec->arg));
}
