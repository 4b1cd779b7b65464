/* SPDX-License-Identifier: ISC */
#ifndef TLSD_SIGN_SCHEME_H
#define TLSD_SIGN_SCHEME_H

/* What the signer signs with, and what it signs: server handshakes of TLS 1.2
 * and 1.3, nothing else.  A session that was taken over cannot have a
 * certificate request or a token of another protocol signed. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGN_MESSAGE_MAX 256 /* bytes: two randoms and a P-384 point, rounded  \
			      */

struct sign_scheme {
	uint16_t code; /* SignatureScheme of RFC 8446 section 4.2.3; 0 ends */
	const char *digest;
	bool rsa, pss;
};
/* Or NULL.  digest by any of its names ("SHA256", "SHA2-256"). */
const struct sign_scheme *sign_scheme_find(uint64_t code);
const struct sign_scheme *sign_scheme_of(
    bool rsa, bool pss, const char *digest);
/* Is this what a server signs in its handshake: CertificateVerify of TLS 1.3,
 * ServerKeyExchange (ECDHE) of TLS 1.2? */
bool sign_message_is_handshake(
    const struct sign_scheme *scheme, const void *message, size_t len);

#endif
