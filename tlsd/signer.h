/* SPDX-License-Identifier: ISC */
#ifndef TLSD_SIGNER_H
#define TLSD_SIGNER_H

/* The process that has the keys.
 *
 * It reads tls/, and signs for the sessions over a socketpair each; it never
 * sees a client's bytes, opens no socket, and writes nothing but its log. */
#include "lib/service.h"

/* Forks it, still with the rights of the start; OpenSSL is initialised.  The
 * acceptor's end of the control channel.  Ends the program when it fails. */
int signer_start(const struct service *sv);

#endif
