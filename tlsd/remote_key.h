/* SPDX-License-Identifier: ISC */
#ifndef TLSD_REMOTE_KEY_H
#define TLSD_REMOTE_KEY_H

/* Keys whose private half is in another process, the signer, as OpenSSL keys.
 *
 * A provider of ours (OpenSSL 3; keys and signatures of RSA and EC) that lives
 * in a library context of its own, so that nobody else's keys come to it.  It
 * knows a certificate's public key and serial, and asks the signer for every
 * signature. */
#include <openssl/evp.h>
#include <stdint.h>

/* Once, before the first key.  0 or -1. */
int remote_key_init(void);
/* The private key that belongs to a certificate's public key, or NULL. */
EVP_PKEY *remote_key_new(EVP_PKEY *public_key, uint64_t serial);
/* The channel on which this process asks the signer. */
void remote_key_channel(int fd);

#endif
