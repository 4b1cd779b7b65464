/* SPDX-License-Identifier: ISC */
#ifndef POP3D_LOGINS_H
#define POP3D_LOGINS_H

/* authd's connections to mailboxd, by which logins come. */
#include <poll.h>
#include "authd/authd.h"
#include "lib/service.h"

#define LOGINS_LINKS 2 /* authd has one; a second while it is started anew */

/* p: LOGINS_LINKS entries, which this module fills in and looks at. */
void logins_start(struct pollfd *p);
/* A connection that waits at run/mailboxd takes the place of the oldest: only when
 * logins_take says 0, for there may be logins in that. */
void logins_accept(struct pollfd *p, struct service *sv);
/* A login of one that poll found readable, at most: 1, as authd_login_take
 * says; 0: none had anything; -1: none, but look again.  Who comes too late hears
 * so; a connection that has ended is closed. */
int logins_take(struct pollfd *p, struct authd_login *login, int *conn);

#endif
