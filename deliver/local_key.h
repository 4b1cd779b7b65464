/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_LOCAL_KEY_H
#define DELIVER_LOCAL_KEY_H

/* The key of the texts that deliver-local puts into addresses: SRS senders,
 * confirmations of lists.
 *
 * It comes of etc/srs-secret (for hosts that share their addresses), else of
 * mail/.key, which is made at the first start. */
#include "lib/token.h"

#define LOCAL_SECRET_MIN 16 /* characters of etc/srs-secret */

/* Reads or makes it; ends the program with 111 where it cannot. */
void local_key_load(void);
/* What lists, SRS and their like use: a key of its own each. */
void local_key(unsigned char out[TOKEN_KEY_BYTES], const char *purpose);

#endif
