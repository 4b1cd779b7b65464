/* SPDX-License-Identifier: ISC */
#ifndef TLSD_SIGN_PROTO_H
#define TLSD_SIGN_PROTO_H

/* What the processes of tlsd say to each other; all of it in lib/msg's format.
 *
 * acceptor to signer, one socketpair for good:
 *   'S' version                  + a session's end of a fresh socketpair
 *   'C' version                  look at the files of tls/
 *       'A' name serial chain    a name is new or has a new certificate (PEM)
 *       'R' name                 a name is gone
 *       'E' usable               that is all: so many names can be served
 * session to signer, SIGN_REQUESTS_MAX a session:
 *   'Q' version serial scheme message   sign with the key of that certificate
 *       'Y' signature
 *       'N' reason               and nothing more is answered
 * serial names a certificate and its key; after a change the key before the
 * last stays for the handshakes that have begun. */
#include <stddef.h>
#include <stdint.h>
#include "lib/msg.h"
#include "tlsd/sign_scheme.h"

#define SIGN_VERSION       1
#define SIGN_REQUESTS_MAX  4     /* signatures for one session */
#define SIGN_SIGNATURE_MAX 512   /* bytes: RSA-4096 */
#define SIGN_PACKET_MAX    1024  /* bytes, of 'Q', 'Y', 'N', 'S', 'C' */
#define SIGN_ANSWER_MS     15000 /* a session's patience with the signer */
#define CERT_NAME_SIZE     254   /* bytes, NUL included: a host's name */
#define CERT_NAMES_MAX     256   /* folders in tls/ */
#define CERT_CHAIN_MAX     49152 /* bytes of cert.pem */
#define CERT_KEY_MAX       32768 /* bytes of key.pem */

struct sign_request {
	uint64_t serial;
	const struct sign_scheme *scheme;
	const char *message; /* borrowed: the packet */
	size_t len;
};
struct cert_news {
	char op; /* 'A', 'R', 'E' */
	char name[CERT_NAME_SIZE];
	uint64_t serial, usable;
	const char *chain; /* borrowed: the packet */
	size_t len;
};

long sign_request_put(char *buf, size_t size, const struct sign_request *req);
/* 0, or -1 (EPROTO): not a request, or not a handshake's message. */
int sign_request_scan(struct sign_request *req, const char *wire, size_t len);
/* 1: the signature is copied to sig (size bytes), *siglen its length.  0: the
 * signer refused.  -1 (EPROTO). */
int sign_answer_scan(unsigned char *sig, size_t size, size_t *siglen,
    const char *wire, size_t len);
long cert_news_put(char *buf, size_t size, const struct cert_news *news);
/* 0, or -1 (EPROTO). */
int cert_news_scan(struct cert_news *news, const char *wire, size_t len);
/* 'S' or 'C', or -1 (EPROTO). */
long control_put(char *buf, size_t size, char op);
int control_scan(const char *wire, size_t len);

#endif
