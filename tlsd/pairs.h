/* SPDX-License-Identifier: ISC */
#ifndef TLSD_PAIRS_H
#define TLSD_PAIRS_H

/* The signer's certificates and keys: the folders of tls/, and their changes.
 *
 * tls/NAME/cert.pem and key.pem, NAME a host's name or "default".  A pair that
 * changes is taken over whole or not at all: until both files are whole and
 * belong together, the pair before it stays. */
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include "tlsd/sign_proto.h"

#define PAIRS_EXPIRY_DAYS 14 /* before it, the log warns once a day */

struct pairs_stamp { /* what changes when a file does */
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};
struct pair {
	char name[CERT_NAME_SIZE];
	struct pairs_stamp cert, key;
	uint64_t serial, serial_before; /* 0: none */
	EVP_PKEY *priv, *priv_before;
	int64_t not_after, warned_day;
	bool looked; /* at its files, once at least */
	bool seen;
};
struct pairs {
	struct pair *pair[CERT_NAMES_MAX];
	unsigned n;
	uint64_t last_serial;
	bool complained; /* about there being no certificate at all */
	bool left_out;   /* a name, and it was told */
	/* One change: 'A' or 'R'. */
	void (*news)(void *arg, const struct cert_news *news);
	void *arg;
};

/* Looks at all files, loads what changed, tells news; logs what is wrong, once
 * a change, and what is about to expire.  How many names can be served. */
unsigned pairs_check(struct pairs *ps);
/* Warns of what is about to expire, without looking at files. */
void pairs_check_expiry(struct pairs *ps);
/* The key of that serial, or NULL. */
EVP_PKEY *pairs_key(const struct pairs *ps, uint64_t serial);

#endif
