/* SPDX-License-Identifier: ISC */
#include "authd/ticket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "authd/authd_proto.h"

int
ticket_make(const struct authd_login *login, uint64_t now_ms)
{
	char buf[AUTHD_MSG_MAX];
	long len = authd_login_format(buf, sizeof buf, login,
	    now_ms + AUTHD_TICKET_SECONDS * 1000);
	int pair[2];
	ssize_t n;

	if (len == -1 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair) == -1)
		return -1;
	n = send(pair[0], buf, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(pair[0]);
	if (n == len)
		return pair[1];
	close(pair[1]);
	return -1;
}
