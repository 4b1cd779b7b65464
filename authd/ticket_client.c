/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <unistd.h>
#include "authd/authd_proto.h"
#include "lib/service.h"
#include "lib/sock.h"

/* Who made it is asked before it is read: what a stranger says is no ticket. */
static int
read_ticket(struct authd_login *login, int ticket, uint64_t now_ms)
{
	char buf[AUTHD_MSG_MAX];
	uint64_t until;
	ssize_t got;

	if (sock_peer_uid(ticket) != service_uid("p-auth"))
		return 0;
	got = recv(ticket, buf, sizeof buf, MSG_DONTWAIT | MSG_TRUNC);
	if (got <= 0 || (size_t)got > sizeof buf ||
	    authd_login_scan(login, &until, buf, (size_t)got) == -1)
		return 0;
	return now_ms <= until && until - now_ms <= AUTHD_TICKET_SECONDS * 1000;
}

int
authd_redeem(struct authd_login *login, int ticket, uint64_t now_ms)
{
	int good = read_ticket(login, ticket, now_ms);

	close(ticket);
	return good;
}
