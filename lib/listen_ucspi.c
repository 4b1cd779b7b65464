/* SPDX-License-Identifier: ISC */
#include "lib/listen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool
env_address(struct ip *ip, uint16_t *port, const char *ip_name,
    const char *port_name)
{
	const char *text = getenv(ip_name), *number = getenv(port_name);
	unsigned long n = number ? strtoul(number, NULL, 10) : 0;
	char plain[IP_TEXT_SIZE];
	size_t len;

	if (!text)
		return false;
	len = strcspn(text, "%"); /* a scope: fe80::1%eth0 */
	if (len >= sizeof(plain))
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	if (!ip_parse(ip, plain))
		return false;
	*port = n <= 65535 ? (uint16_t)n : 0;
	return true;
}

static void
socket_address(struct ip *ip, uint16_t *port,
    int (*get)(int, struct sockaddr *__restrict, socklen_t *__restrict))
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (get(0, (struct sockaddr *)&ss, &len) == -1 ||
	    !ip_from_sockaddr(ip, port, &ss))
		*port = 0;
}

void
listen_ucspi(struct listen_conn *conn, const char *class_name)
{
	int on = 1;

	memset(conn, 0, sizeof(*conn));
	conn->fd = 0;
	conn->class_name = class_name;
	if (!env_address(&conn->remote, &conn->remote_port, "TCPREMOTEIP",
	    "TCPREMOTEPORT"))
		socket_address(&conn->remote, &conn->remote_port, getpeername);
	if (!env_address(&conn->local, &conn->local_port, "TCPLOCALIP",
	    "TCPLOCALPORT"))
		socket_address(&conn->local, &conn->local_port, getsockname);
	/* a pipe, or a UNIX socket of a TLS server, has no such option */
	setsockopt(0, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}
