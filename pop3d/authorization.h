/* SPDX-License-Identifier: ISC */
#ifndef POP3D_AUTHORIZATION_H
#define POP3D_AUTHORIZATION_H

/* The AUTHORIZATION state (RFC 1939, 2595, 5034): all that pop3d does. */
#include "lib/listen.h"
#include "lib/ucspi_tls.h"

#define PLAINTEXT_FILE "etc/plaintext"

struct authorization_peer {
	struct listen_conn conn; /* fd: to read from */
	int out_fd;              /* to write to; may be the same */
	const char *tls;         /* TLS spoken in front of us, or "" */
	struct ucspi_tls *ucspi_tls; /* who can TLS in front of us, or NULL */
};
/* In the acceptor (lib/listen.h): what every session then has for nothing. */
void authorization_prepare(void *arg);
/* Serves one client until it is handed over or gone.  The exit code. */
int authorization_run(const struct authorization_peer *peer);

#endif
