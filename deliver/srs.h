/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_SRS_H
#define DELIVER_SRS_H

/* The Sender Rewriting Scheme: mail that we pass on leaves under an address of
 * ours, which leads its bounces back.
 *
 *   SRS0=HASH=DAY=domain=local@ours
 *   SRS1=HASH=first.example==...@ours      what another forwarder's SRS0 became
 *
 * HASH: a token (lib/token.h); DAY: the day, modulo 1024, two characters. */
#include <stdbool.h>
#include <stdint.h>
#include "lib/sa.h"

#define SRS_HASH     8   /* characters */
#define SRS_AGE_DAYS 21  /* a bounce that comes later is none of ours */

/* The sender to go on with, as an address of domain.  Only what has the whole
 * form of another forwarder's becomes SRS1.  false: it cannot be made (no
 * address or domain name, a quoted local part, an address literal, too long). */
bool srs_make(stralloc *out, const char *sender, const char *domain,
    uint64_t wall_s);
/* Where a bounce to address goes.  false: not made by us, or too old. */
bool srs_back(stralloc *out, const char *address, uint64_t wall_s);

#endif
