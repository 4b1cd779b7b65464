/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_RDATA_H
#define DELIVER_RESOLVER_RDATA_H

/* DNS records as libunbound hands them over (uncompressed), made into text and
 * addresses.  Pure; believes nothing it reads.  Free of libowfat. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "deliver/resolver_proto.h"

#define RDATA_REVERSE_SIZE 80 /* bytes of an ip6.arpa name, NUL included */

/* Letters, digits, '-' and '_' in labels of 1 to 63, 253 in all? */
bool rdata_is_host(const char *name);
/* A name on the wire to text, lower-cased, "" for the root.  1; 0: cut short,
 * too long, trailing bytes, or bytes that no host name has. */
int rdata_name(
    char out[RESOLVER_NAME_MAX + 1], const uint8_t *data, size_t len);
/* 1, or 0: no MX record. */
int rdata_mx(struct resolver_host *h, const uint8_t *data, size_t len);
/* "usage selector type hexdata".  1 or 0. */
int rdata_tlsa(char *out, size_t size, const uint8_t *data, size_t len);
/* 4 or 16 bytes.  1 or 0. */
int rdata_address(struct ip *ip, const uint8_t *data, size_t len);
/* Sorts by preference; equals in an order that random() draws. */
void rdata_sort_hosts(
    struct resolver_host *hosts, unsigned n, uint32_t (*draw)(void));
/* The name to ask for PTR. */
void rdata_reverse(char out[RDATA_REVERSE_SIZE], const struct ip *ip);

#endif
