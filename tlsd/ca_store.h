/* SPDX-License-Identifier: ISC */
#ifndef TLSD_CA_STORE_H
#define TLSD_CA_STORE_H

/* The authorities that servers' certificates are verified against: the
 * system's bundle, and etc/tls-ca for one's own.
 *
 * Read at the first "verified" session, kept, and read again when a file
 * changes (looked at once a second at most).  It costs a megabyte or two that
 * nobody pays who verifies nothing. */
#include <openssl/ssl.h>

#define CA_SYSTEM   "/etc/ssl/certs/ca-certificates.crt"
#define CA_OWN      "etc/tls-ca"
#define CA_FILE_MAX (4 << 20) /* bytes */

/* 0, or -1: no authority at all; logged. */
int ca_store_refresh(SSL_CTX *ctx);

#endif
