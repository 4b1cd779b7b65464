/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_BYTES_H
#define QUEUE_BYTES_H

/* Little-endian numbers, and the checksum of the spool (FNV-1a, 64 bits: it is
 * to tell whole from torn; nobody but queued writes there). */
#include <stddef.h>
#include <stdint.h>

#define BYTES_SUM_START 14695981039346656037ULL

static inline void
bytes_put(char *p, uint64_t n, unsigned len)
{
	while (len--) {
		*p++ = (char)(n & 255);
		n >>= 8;
	}
}

static inline uint64_t
bytes_get(const char *p, unsigned len)
{
	uint64_t n = 0;

	while (len--)
		n = n << 8 | (unsigned char)p[len];
	return n;
}

static inline uint64_t
bytes_sum(uint64_t h, const char *p, size_t len)
{
	while (len--)
		h = (h ^ (unsigned char)*p++) * 1099511628211ULL;
	return h;
}

#endif
