/* SPDX-License-Identifier: ISC */
#ifndef TLSD_PAIR_LOAD_H
#define TLSD_PAIR_LOAD_H

/* A certificate and its key, read from tls/NAME/ and held against each other.
 *
 * For the signer alone: no other process reads keys. */
#include <openssl/evp.h>
#include <stdint.h>
#include <sys/types.h>

#define PAIR_WHY_SIZE      600  /* bytes: a path and a sentence */
#define PAIR_RSA_MIN       2048 /* bits */
#define PAIR_RSA_MAX       4096
#define PAIR_CHAIN_CERTS   10
#define PAIR_SECURITY_BITS 112 /* of hashes and keys in the chain */

struct pair_files {
	char *chain; /* PEM, malloced */
	size_t chainlen;
	EVP_PKEY *key;
	int64_t not_after; /* wall clock, seconds */
};
/* 0, or -1 and why says in words for people which file is wrong and what to do
 * about it. */
int pair_load(struct pair_files *p, const char *name, char *why);
void pair_free(struct pair_files *p);

#endif
