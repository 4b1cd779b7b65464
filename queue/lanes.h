/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LANES_H
#define QUEUE_LANES_H

/* Senders take turns for the connections to deliver-remote: the keys that can
 * go on stand in the lane of a sender that waits under them.  A sender is an
 * account, a local user, a client's address, or a list.
 *
 * However many domains one sender's mail goes to, and however slow they are,
 * it never has all connections: so many for each one that is free; nor all of
 * those that keys in doubt may have. */
#include <stdbool.h>
#include <stdint.h>

#define LANE_SHARE       3    /* connections of one sender for each free one */
#define LANE_FEW         10   /* with fewer a sender goes before one with more */
#define LANE_FREE        2    /* messages in memory that must be free for each of
                               * a sender's; more of its are parked, */
#define LANE_KEEP        20   /* ... but so many never are */

struct key;
struct lane {
	struct lane *chain, *turn_next;
	uint64_t sender; /* hash */
	unsigned refs, busy, waiting, parked;
	unsigned in_doubt; /* of busy: with keys in doubt */
	struct key *first, **last;
	bool in_turn;
};
/* The lane of a sender, made where missing; one reference. */
struct lane *lane_get(uint64_t sender);
struct lane *lane_find(uint64_t sender); /* NULL: there is none */
void lane_release(struct lane *l);
/* The key stands in that lane from now on (k->lane), or in none. */
void lane_add(struct lane *l, struct key *k);
void lane_remove(struct key *k);
/* The next lane in turn, after NULL the first, that may have a connection when so
 * many are free. */
struct lane *lane_next(struct lane *after, unsigned nfree);
/* It had its turn. */
void lane_turn(struct lane *l);

#endif
