/* SPDX-License-Identifier: ISC */
/* Sockets: the network, other rooms' sockets, strangers' sockets. */
#include "tests/breakout/breakout.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/msg.h"

#define FDS       64
#define ANSWER_MS 10000 /* on a busy machine */
#define CLOSE_MS  10000 /* a stranger's connection, likewise */
#define OWN_MS    200   /* nobody will close or answer one's own */

static struct sockaddr_in
loopback(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((unsigned short)atoi(plan(port)));
	return to;
}

/* A TCP socket that the program was given, disconnected; else a new one. */
static int
any_tcp(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd, domain;
	socklen_t len;

	for (fd = is_free() ? FDS : 0; fd < FDS; fd++) {
		len = sizeof(domain);
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
		    domain == AF_INET && connect(fd, &none, sizeof(none)) == 0)
			return fd;
	}
	return socket(AF_INET, SOCK_STREAM, 0);
}

/* Whoever is handed such a socket waits in close. */
static int
try_linger(const char *arg)
{
	struct linger l = { .l_onoff = 1, .l_linger = 86400 };
	int pair[2];

	(void)arg;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1 ||
	    setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &l, sizeof(l)) == -1)
		return errno;
	return 0;
}

static int
try_tcp(const char *arg)
{
	struct sockaddr_in to = loopback("tcp");
	int fd = arg ? any_tcp() : socket(AF_INET, SOCK_STREAM, 0);

	return fd == -1 ? errno :
	    failed(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int
try_fast_open(const char *arg)
{
	struct sockaddr_in to = loopback("tcp");
	int fd = any_tcp();

	(void)arg;
	return fd == -1 ? errno : failed(sendto(fd, "x", 1, MSG_FASTOPEN,
	    (struct sockaddr *)&to, sizeof(to)));
}

static int
try_fast_open_msg(const char *arg)
{
	struct sockaddr_in to = loopback("tcp");
	struct iovec iov = { (char *)"x", 1 };
	struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to),
		.msg_iov = &iov, .msg_iovlen = 1 };
	int fd = any_tcp();

	(void)arg;
	return fd == -1 ? errno : failed(sendmsg(fd, &m, MSG_FASTOPEN));
}

static int
try_udp(const char *arg)
{
	struct sockaddr_in to = loopback("udp");
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)arg;
	return fd == -1 ? errno : failed(sendto(fd, "x", 1, 0,
	    (struct sockaddr *)&to, sizeof(to)));
}

static int
try_listen(const char *arg)
{
	struct sockaddr_in at = loopback("none");
	int fd = any_tcp();

	(void)arg;
	if (fd == -1 || bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1)
		return errno;
	return failed(listen(fd, 1));
}

static int
try_raw(const char *arg)
{
	(void)arg;
	return failed(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int
try_packet(const char *arg)
{
	(void)arg;
	return failed(socket(AF_PACKET, SOCK_RAW, 0));
}

static int
try_netlink(const char *arg)
{
	(void)arg;
	return failed(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}

/* A path, or '@' and the name of an abstract one. */
static int
unix_connect(const char *path, int type)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd = socket(AF_UNIX, type, 0);

	memcpy(to.sun_path, path, len);
	if (*path == '@')
		to.sun_path[0] = '\0';
	if (fd != -1 && connect(fd, (struct sockaddr *)&to, (socklen_t)
	    (offsetof(struct sockaddr_un, sun_path) + len)) == 0)
		return fd;
	return -1;
}

static int
try_stranger(const char *key)
{
	return failed(unix_connect(plan(key), SOCK_STREAM));
}

static int
try_stranger_packets(const char *path)
{
	return failed(unix_connect(strchr(path, '/') ? path : plan(path),
	    SOCK_SEQPACKET));
}

/* Out of a root by a folder outside of which a descriptor was kept. */
static int
try_stranger_outside(const char *key)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd, found = -1;

	open("/", O_PATH | O_DIRECTORY);
	snprintf(path, sizeof(path), "../../../../../../..%s", plan(key));
	for (fd = 0; fd < 4 * FDS && found == -1; fd++)
		if (fchdir(fd) == 0)
			found = unix_connect(path, SOCK_SEQPACKET);
	return failed(found);
}

/* By a socket of its own, or by one of a pair, which needs no socket(). */
static int
try_stranger_datagram(const char *pair)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fds[2] = { -1, -1 };

	strcpy(to.sun_path, plan("datagrams"));
	if (pair)
		socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
	else
		fds[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
	return fds[0] == -1 ? errno : failed(sendto(fds[0], "x", 1, 0,
	    (struct sockaddr *)&to, sizeof(to)));
}

/* Its row gives it this socket, to call or to serve. */
static bool
is_own(const char *path)
{
	char name[64];

	snprintf(name, sizeof(name), "%s,", path);
	return *plan("own") == '*' || strstr(plan("own"), name);
}

/* Sends a request, and wants an answer that begins so. */
static int
ask(const char *path, const char *request, long len, char want)
{
	int fd = unix_connect(path, SOCK_SEQPACKET);
	struct pollfd p = { fd, POLLIN, 0 };
	char answer[4096];
	ssize_t n;

	if (fd == -1)
		return errno;
	if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len)
		return errno;
	if (poll(&p, 1, is_own(path) ? OWN_MS : ANSWER_MS) != 1)
		return ETIMEDOUT;
	n = read(fd, answer, sizeof(answer));
	return n > 0 && answer[0] == want ? 0 : n > 0 ? EPERM : EACCES;
}

static int
try_window(const char *mailbox)
{
	char buf[512];
	struct msg_writer w;

	msg_start(&w, buf, sizeof(buf), 'O');
	msg_putn(&w, 1);
	msg_puts(&w, "192.0.2.66");
	msg_puts(&w, mailbox);
	return ask("run/relayd/open", buf, msg_end(&w), 'Y');
}

static int
try_redeem(const char *arg)
{
	char buf[1024];
	struct msg_writer w;

	(void)arg;
	msg_start(&w, buf, sizeof(buf), 'R');
	msg_putn(&w, 1);
	msg_puts(&w, plan("grant"));
	msg_putn(&w, 1);
	return ask("run/relayd/redeem", buf, msg_end(&w), 'Y');
}

static int
try_control(const char *path)
{
	char buf[64];
	struct msg_writer w;

	msg_start(&w, buf, sizeof(buf), *path == '!' ? 'T' : 'S');
	msg_putn(&w, 1);
	return ask(path + (*path == '!'), buf, msg_end(&w), 'Y');
}

/* A server closes a stranger's connection at once. */
static int
try_call(const char *path)
{
	int fd = unix_connect(path, SOCK_SEQPACKET);
	struct pollfd p = { fd, POLLIN, 0 };

	if (fd == -1)
		return errno;
	return poll(&p, 1, is_free() || is_own(path) ? OWN_MS : CLOSE_MS) == 0 ? 0 : EACCES;
}

const struct attempt attempts_net[] = {
	{ "redeem a grant at relayd", "call run/relayd/redeem", "p-queue",
	    try_redeem, NULL },
	{ "connect by TCP", "sys tcp", "self", try_tcp, NULL },
	{ "connect by the client's own socket", "sys tcp", "self", try_tcp,
	    "client" },
	{ "... by TCP fast open", "sys tcp", "self", try_fast_open, NULL },
	{ "... by sendmsg, fast open", "sys tcp", "self", try_fast_open_msg,
	    NULL },
	{ "send by UDP", "sys udp", "self", try_udp, NULL },
	{ "listen on a TCP port", "sys tcp", "self", try_listen, NULL },
	{ "have a socket linger", "sys udp", "self", try_linger, NULL },
	{ "raw IP", NULL, "root", try_raw, NULL },
	{ "raw Ethernet", NULL, "root", try_packet, NULL },
	{ "netlink", NULL, "self", try_netlink, NULL },
	{ "a stranger's abstract socket", NULL, "self", try_stranger,
	    "abstract" },
	{ "a stranger's socket by its path", "sys lmtp", "self", try_stranger,
	    "stranger" },
	{ "... of datagrams", NULL, "self", try_stranger_datagram, NULL },
	{ "... from one of a pair", NULL, "self", try_stranger_datagram,
	    "pair" },
	{ "... of packets", NULL, "self", try_stranger_packets, "packets" },
	{ "... of packets, from the home", NULL, "self", try_stranger_packets,
	    "../packets" },
	{ "... by a folder outside", NULL, "self", try_stranger_outside,
	    "packets" },
	{ "open a relay window", "call run/relayd/open", "p-auth", try_window,
	    "demo" },
	{ "steer relayd", "call run/relayd/control", "root", try_control,
	    "run/relayd/control" },
	{ "steer the queue", "call run/queue/control", "root", try_control,
	    "!run/queue/control" },
	{ "call relayd's check", "call run/relayd/check", "p-smtp", try_call,
	    "run/relayd/check" },
	{ "call authd for POP3", "call run/authd/pop3", "p-pop3", try_call,
	    "run/authd/pop3" },
	{ "call authd for SMTP", "call run/authd/smtp", "p-smtp", try_call,
	    "run/authd/smtp" },
	{ "call mailboxd", "call run/mailboxd", "p-auth", try_call,
	    "run/mailboxd" },
	{ "call queued as smtpd does", "call run/queue/smtp", "p-smtp",
	    try_call, "run/queue/smtp" },
	{ "call deliver-local", "call run/deliver/local", "p-queue", try_call,
	    "run/deliver/local" },
	{ "call deliver-local for usage", "call run/deliver/usage", "p-smtp",
	    try_call, "run/deliver/usage" },
	{ "call deliver-remote", "call run/deliver/remote", "p-queue", try_call,
	    "run/deliver/remote" },
	{ "call resolver", "call run/deliver/resolver", "p-remote", try_call,
	    "run/deliver/resolver" },
	{ "call tlsd", "call run/tlsd/in", "p-smtp", try_call, "run/tlsd/in" },
	{ "call tlsd-out", "call run/tlsd/out", "p-remote", try_call,
	    "run/tlsd/out" },
	{ 0 },
};
