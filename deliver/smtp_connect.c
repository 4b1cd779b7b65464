/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "deliver/smtp_client.h"
#include "lib/deadline.h"

#define PORT_SMTP 25

static int
failed(struct smtp_session *s, int fd, const char *what)
{
	int e = errno;

	if (fd != -1)
		close(fd);
	smtp_outcome_set(
	    &s->failure, 'T', "4.4.1", SMTP_REFUSED_SECONDS, what, strerror(e));
	return -1;
}

/* Our own address, or -1. */
static int
bind_source(
    int fd, const struct smtp_peer *peer, const struct smtp_settings *set)
{
	struct sockaddr_storage ss;
	socklen_t len;
	bool v4 = ip_is_v4(&peer->ip);

	if (v4 ? !set->has_source4 : !set->has_source6)
		return 0;
	len = ip_to_sockaddr(&ss, v4 ? &set->source4 : &set->source6, 0);
	return bind(fd, (struct sockaddr *)&ss, len);
}

static int
connect_until(
    int fd, const struct sockaddr *sa, socklen_t len, uint64_t deadline)
{
	socklen_t elen = sizeof(int);
	int e = 0;

	if (connect(fd, sa, len) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EINTR)
		return -1;
	if (deadline_wait(fd, POLLOUT, deadline) == -1)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &e, &elen) == -1)
		return -1;
	errno = e;
	return e ? -1 : 0;
}

/* A stranger's MX that leads to this machine's own mail port is a loop. */
static bool
is_ourselves(int fd, const struct smtp_peer *peer)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ip local;
	uint16_t port;

	if (!peer->by_mx || peer->port != PORT_SMTP)
		return false;
	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1 ||
	    ip_from_sockaddr(&local, &port, &ss) != 1)
		return false;
	return ip_equal(&local, &peer->ip);
}

static int
connect_tcp(struct smtp_session *s, const struct smtp_settings *set)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, one = 1;

	len = ip_to_sockaddr(&ss, &s->peer.ip, s->peer.port);
	fd =
	    socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return failed(s, fd, "no socket: ");
	if (bind_source(fd, &s->peer, set) == -1)
		return failed(s, fd, "source address: ");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect_until(fd, (struct sockaddr *)&ss, len,
		smtp_io_deadline(&s->io, SMTP_CONNECT_SECONDS)) == -1)
		return failed(s, fd, "no connection: ");
	if (is_ourselves(fd, &s->peer)) {
		close(fd);
		smtp_outcome_set(&s->failure, 'N', "5.4.6", 0,
		    "its mail host is this machine, which does not take mail "
		    "for it (loop)");
		return -1;
	}
	return fd;
}

int
smtp_connect(struct smtp_session *s, const struct smtp_settings *set)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	if (!s->peer.unix_path[0])
		return connect_tcp(s, set);
	memcpy(un.sun_path, s->peer.unix_path, sizeof(un.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return failed(s, fd, "no socket: ");
	if (connect_until(fd, (struct sockaddr *)&un, sizeof(un),
		smtp_io_deadline(&s->io, SMTP_CONNECT_SECONDS)) == -1)
		return failed(s, fd, "no connection: ");
	return fd;
}
