/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_STARTTLS_H
#define SMTPD_STARTTLS_H

/* The client's socket goes to tlsd, and a plain stream comes back; under a
 * UCSPI-TLS server that one does it. */
#include "smtpd/session.h"

/* Is STARTTLS to be offered: tlsd is up (or the server can), no TLS yet? */
bool starttls_offered(struct session *s);
void starttls_command(struct session *s, const char *arg);
/* Implicit TLS, before the banner.  0, or -1: the client is gone. */
int starttls_at_once(struct session *s);

#endif
