/* SPDX-License-Identifier: ISC */
#ifndef TLSD_SIGN_H
#define TLSD_SIGN_H

/* The signature itself, in the signer. */
#include <openssl/evp.h>
#include "tlsd/sign_scheme.h"

/* *siglen: the room, then the length.  0, or -1: the key is of another kind, or
 * OpenSSL failed. */
int sign_message(EVP_PKEY *key, const struct sign_scheme *scheme,
    const char *message, size_t len, unsigned char *sig, size_t *siglen);

#endif
