/* SPDX-License-Identifier: ISC */
#ifndef TLSD_HANDSHAKE_H
#define TLSD_HANDSHAKE_H

/* The TLS handshake on a non-blocking socket, within
 * TLSD_HANDSHAKE_SECONDS. */
#include <openssl/ssl.h>
#include "tlsd/session.h"

/* 0: t has protocol, cipher, sni, verified.  -1: t has the reason. */
int handshake_run(SSL *ssl, const struct session *s, struct tlsd_session *t);

#endif
