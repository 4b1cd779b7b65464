/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_SCHED_H
#define AUTHD_SCHED_H

/* Who is hashed next.
 *
 * Pairs of address and login that were lately good come first, in turn; then
 * the addresses (IPv6 /64) take turns, whatever each has waiting.  An address
 * has at most SCHED_ADDRESS_JOBS questions under way, waiting, hashed or with
 * their wrong answer delayed; its lately good pairs have as many again. */
#include <stdint.h>
#include "authd/job.h"

#define SCHED_ADDRESS_JOBS 16
#define SCHED_BUCKETS      512

struct queue {
	struct job *first, *last;
	unsigned n;
};
struct source {
	struct source *hash_next;
	struct source *ring_prev, *ring_next; /* of those with waiting jobs */
	struct queue waiting;
	struct ip net;
	unsigned jobs[2]; /* under way: others, lately good */
};
struct sched {
	struct source *buckets[SCHED_BUCKETS];
	struct source *turn; /* whose it is, in the ring */
	struct queue good;
	unsigned waiting;
	unsigned char key[16];
};
void sched_init(struct sched *s);
/* Puts a new job in line (job->net, good_pair set).  0, or -1: its address has
 * too many under way. */
int sched_add(struct sched *s, struct job *job);
/* The next one to hash, out of the line; NULL: nobody waits. */
struct job *sched_next(struct sched *s);
/* Out of the line without its turn. */
void sched_remove(struct sched *s, struct job *job);
/* The job is over (it must not be waiting). */
void sched_done(struct sched *s, struct job *job);
/* The newest waiting job of the address with most of them, when it has more
 * than of's; else NULL. */
struct job *sched_crowd(struct sched *s, const struct ip *net);

#endif
