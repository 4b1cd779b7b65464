/* SPDX-License-Identifier: ISC */
#ifndef TLSD_CERTS_H
#define TLSD_CERTS_H

/* The certificates that sessions show, by name; public things only.
 *
 * Filled by the acceptor from the signer's news, as text until the first session
 * comes; a session's process has them
 * from its fork, and OpenSSL asks for the one of the client's SNI. */
#include <openssl/ssl.h>
#include "tlsd/sign_proto.h"

struct cert {
	char name[CERT_NAME_SIZE];
	uint64_t serial;
	char *pem; /* until TLS starts; then the rest */
	size_t len;
	X509 *leaf;
	STACK_OF(X509) * chain;
	EVP_PKEY *key; /* remote_key.h */
};
struct certs {
	struct cert *cert[CERT_NAMES_MAX];
	unsigned n;
	SSL_CTX *ctx; /* NULL until TLS has started */
};

/* Starts TLS if it has not: OpenSSL takes more memory than all else here, and
 * many homes hardly use it.  0, or -1 and it is logged. */
int certs_start(struct certs *cs);

/* For signer_check.  A certificate that OpenSSL does not take is logged, and
 * the one before stays.  Before TLS has started a child tries it. */
void certs_news(void *certs, const struct cert_news *news);
/* The SSL_CTX_set_cert_cb of the server: by SNI, else "default", else the
 * first.  arg: struct certs. */
int certs_choose(SSL *ssl, void *arg);

#endif
