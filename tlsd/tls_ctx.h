/* SPDX-License-Identifier: ISC */
#ifndef TLSD_TLS_CTX_H
#define TLSD_TLS_CTX_H

/* The SSL_CTX of either direction: versions, suites, switches. */
#include <openssl/ssl.h>

/* OpenSSL itself, without openssl.cnf.  0 or -1. */
int tls_init(void);
/* Server: TLS 1.2 and 1.3, ECDHE with AEAD, our preference; no tickets, cache,
 * renegotiation, compression.  choose picks the certificate. */
SSL_CTX *tls_ctx_in(int (*choose)(SSL *ssl, void *arg), void *arg);
/* Client: TLS 1.2 and 1.3, anything decent: a mail that would else go in the
 * clear is better off. */
SSL_CTX *tls_ctx_out(void);
/* What OpenSSL last complained of; clears it. */
const char *tls_why(void);

#endif
