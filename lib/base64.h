/* SPDX-License-Identifier: ISC */
#ifndef LIB_BASE64_H
#define LIB_BASE64_H

/* Base64 (RFC 4648), read strictly: padding needed, no other bytes, the unused
 * bits zero, so that one text has one spelling; and written. */
#include <stddef.h>

/* out holds at least len / 4 * 3 bytes.  1, or 0: not base64. */
int base64_decode(char *out, size_t *outlen, const char *s, size_t len);

/* out holds (len + 2) / 3 * 4 bytes; no NUL behind them.  How many. */
size_t base64_encode(char *out, const char *in, size_t len);

#endif
