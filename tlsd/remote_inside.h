/* SPDX-License-Identifier: ISC */
#ifndef TLSD_REMOTE_INSIDE_H
#define TLSD_REMOTE_INSIDE_H

/* What the two halves of our provider share: remote_key.c (keys) and
 * remote_signature.c. */
#include <openssl/core_dispatch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REMOTE_PUBLIC_MAX 600 /* bytes of an RSA modulus or an EC point */
#define REMOTE_GROUP_SIZE 32  /* bytes, NUL included */
#define REMOTE_SERIAL     "postern-serial"
#define REMOTE_SIZES      "postern-sizes"

struct remote_key {
	bool rsa, complete;
	uint64_t serial; /* 0: only the public half */
	int sizes[3];    /* bits, security bits, bytes of a signature */
	unsigned char pub[REMOTE_PUBLIC_MAX];
	size_t publen;
	char group[REMOTE_GROUP_SIZE]; /* EC */
};
extern const OSSL_DISPATCH remote_rsa_signature[], remote_ec_signature[];
extern int remote_channel;

#endif
