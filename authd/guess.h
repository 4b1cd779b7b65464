/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_GUESS_H
#define AUTHD_GUESS_H

/* How long a wrong answer waits, and which pairs of address and account were
 * lately good.
 *
 * Failures count by address (IPv6 /64) and by login name, known or not, and
 * fade: half of them after GUESS_HALF_SECONDS.  A wrong answer comes at a
 * multiple of GUESS_GRID_MS after the question, and no sooner than if it had been
 * hashed as the slowest of GUESS_SLOW_SECONDS was, so that the time it took says
 * nothing, wherever hashes are mixed; from the GUESS_FREE-th failure on it waits, twice as long each time,
 * at most GUESS_DELAY_MAX_MS.  A right answer never waits, whatever others
 * have tried: nobody can be locked out. */
#include <stdbool.h>
#include <stdint.h>
#include "authd/memo.h"
#include "lib/ip.h"

#define GUESS_GRID_MS      250
#define GUESS_FREE         3    /* failures that wait for the grid only */
#define GUESS_DELAY_MS     500  /* after the next */
#define GUESS_DELAY_MAX_MS 8000
#define GUESS_HALF_SECONDS 600
#define GUESS_SLOW_SECONDS 172800 /* more than the day that a login is cached */
#define GUESS_ENTRIES      65536 /* addresses and names remembered */
#define GUESS_GOOD_SECONDS 86400 /* how long "lately" is */
#define GUESS_GOOD_ENTRIES 32768 /* pairs remembered */

struct guess {
	struct memo failures, good;
	uint32_t slow_ms; /* the slowest hash */
	uint64_t slow_s;  /* when one as slow was seen last */
};
int guess_init(struct guess *g);
void guess_free(struct guess *g);
/* A question's hashes took a thread so long, right or wrong. */
void guess_took(struct guess *g, uint32_t ms, uint64_t now_s);
/* Counts a failure.  Milliseconds that its answer waits, from the question on;
 * took_ms have passed already. */
uint32_t guess_failed(struct guess *g, const struct ip *net, const char *user,
    uint64_t now_s, uint32_t took_ms);
/* It was right: the pair is good, and the address's failures are forgiven by
 * half (a customer who mistyped), the account's are not. */
void guess_right(struct guess *g, const struct ip *net, const char *user,
    uint64_t now_s);
bool guess_is_good(struct guess *g, const struct ip *net, const char *user,
    uint64_t now_s);

#endif
