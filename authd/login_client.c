/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <unistd.h>
#include "authd/authd_proto.h"
#include "lib/sock.h"

/* What waited too long is void: the login may hold no more. */
static bool
is_timely(uint64_t until, uint64_t now_ms)
{
	return now_ms <= until && until - now_ms <= AUTHD_LOGIN_SECONDS * 1000;
}

int
authd_login_take(struct authd_login *login, int *conn, int link,
    uint64_t now_ms)
{
	char buf[AUTHD_MSG_MAX];
	uint64_t until;
	int n = 0;
	ssize_t got = sock_recv(link, buf, sizeof buf, conn, 1, &n, 0);

	if (got <= 0)
		return got == -1 && errno == EAGAIN ? 0 : -1;
	if (n == 1 && authd_login_scan(login, &until, buf, (size_t)got) == 0)
		return is_timely(until, now_ms) ? 1 : 2;
	if (n == 1)
		close(*conn);
	return -1;
}
