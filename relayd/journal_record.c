/* SPDX-License-Identifier: ISC */
#include "relayd/journal.h"

#include <sodium.h>
#include <string.h>

#define VERSION  1
#define CHECK_AT 72 /* the checksum's place */

static const unsigned char check_key[crypto_shorthash_KEYBYTES] =
    "postern journal";

static void
put(unsigned char *out, uint64_t n, int bytes)
{
	while (bytes--) {
		*out++ = (unsigned char)n;
		n >>= 8;
	}
}

static uint64_t
get(const unsigned char *in, int bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | in[bytes];
	return n;
}

void
journal_encode(unsigned char out[JOURNAL_RECORD],
    const struct journal_record *r)
{
	memset(out, 0, JOURNAL_RECORD);
	out[0] = (unsigned char)r->type;
	out[1] = VERSION;
	put(out + 4, r->n, 4);
	put(out + 8, r->wall, 8);
	put(out + 16, r->boot, 4);
	put(out + 20, r->ends, 4);
	memcpy(out + 24, r->ip, sizeof r->ip);
	memcpy(out + 40, r->key, sizeof r->key);
	crypto_shorthash(out + CHECK_AT, out, CHECK_AT, check_key);
}

int
journal_decode(struct journal_record *r,
    const unsigned char in[JOURNAL_RECORD])
{
	unsigned char sum[crypto_shorthash_BYTES];

	crypto_shorthash(sum, in, CHECK_AT, check_key);
	if (memcmp(sum, in + CHECK_AT, sizeof sum) != 0 || in[1] != VERSION ||
	    !in[0] || !strchr("HOCB", in[0]))
		return 0;
	r->type = (char)in[0];
	r->n = (uint32_t)get(in + 4, 4);
	r->wall = get(in + 8, 8);
	r->boot = (uint32_t)get(in + 16, 4);
	r->ends = (uint32_t)get(in + 20, 4);
	memcpy(r->ip, in + 24, sizeof r->ip);
	memcpy(r->key, in + 40, sizeof r->key);
	return 1;
}
