/* SPDX-License-Identifier: ISC */
#include "pop3d/logins.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "pop3d/lent.h"
#include "pop3d/session.h"

static int oldest;

void
logins_start(struct pollfd *p)
{
	int i;

	for (i = 0; i < LOGINS_LINKS; i++)
		p[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
}

static void
end(struct pollfd *p)
{
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
	p->revents = 0;
}

void
logins_accept(struct pollfd *p, struct service *sv)
{
	int conn = service_accept(sv, 0, 0, NULL), fd;

	if (conn == -1)
		return;
	fd = fcntl(conn, F_DUPFD_CLOEXEC, LENT_FD_MIN);
	close(conn);
	if (fd == -1) {
		log_warnsys("unable to take authd's connection");
		return;
	}
	end(p + oldest);
	p[oldest].fd = fd;
	oldest = (oldest + 1) % LOGINS_LINKS;
}

static void
too_late(const struct authd_login *login, int conn)
{
	log_event("session", "account", login->mailbox, "ip", login->ip,
	    "result", "refused", "reason", "the login is too old");
	session_tell(conn, POP3D_TRY_LATER,
	    "the login took too long, log in again", -1);
	close(conn);
}

int
logins_take(struct pollfd *p, struct authd_login *login, int *conn)
{
	int i, rc, found = 0;

	for (i = 0; i < LOGINS_LINKS; i++) {
		if (!p[i].revents)
			continue;
		p[i].revents = 0;
		rc = authd_login_take(login, conn, p[i].fd, clock_boot_ms());
		if (rc == 1)
			return 1;
		if (rc == 2)
			too_late(login, *conn);
		if (rc == -1)
			end(p + i);
		found = -1;
	}
	return found;
}
