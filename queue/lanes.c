/* SPDX-License-Identifier: ISC */
#include "queue/lanes.h"

#include <stdlib.h>
#include "lib/log.h"
#include "queue/keys.h"

#define BUCKETS 1024

static struct lane *buckets[BUCKETS];
static struct lane *turn, **turn_end = &turn; /* those with keys */

struct lane *
lane_find(uint64_t sender)
{
	struct lane *l = buckets[sender % BUCKETS];

	while (l && l->sender != sender)
		l = l->chain;
	return l;
}

struct lane *
lane_get(uint64_t sender)
{
	struct lane *l = lane_find(sender);

	if (!l) {
		l = calloc(1, sizeof *l);
		if (!l)
			log_fatal(111, "out of memory");
		l->sender = sender;
		l->last = &l->first;
		l->chain = buckets[sender % BUCKETS];
		buckets[sender % BUCKETS] = l;
	}
	l->refs++;
	return l;
}

static void
leave_turn(struct lane *l)
{
	struct lane **at = &turn;

	while (*at != l)
		at = &(*at)->turn_next;
	*at = l->turn_next;
	if (turn_end == &l->turn_next)
		turn_end = at;
	l->in_turn = false;
}

static void
enter_turn(struct lane *l)
{
	l->in_turn = true;
	l->turn_next = NULL;
	*turn_end = l;
	turn_end = &l->turn_next;
}

void
lane_release(struct lane *l)
{
	struct lane **at = &buckets[l->sender % BUCKETS];

	if (--l->refs)
		return;
	while (*at != l)
		at = &(*at)->chain;
	*at = l->chain;
	free(l);
}

void
lane_add(struct lane *l, struct key *k)
{
	l->refs++;
	k->lane = l;
	k->lane_next = NULL;
	k->lane_at = l->last;
	*l->last = k;
	l->last = &k->lane_next;
	if (!l->in_turn)
		enter_turn(l);
}

void
lane_remove(struct key *k)
{
	struct lane *l = k->lane;

	*k->lane_at = k->lane_next;
	if (k->lane_next)
		k->lane_next->lane_at = k->lane_at;
	else
		l->last = k->lane_at;
	k->lane = NULL;
	if (!l->first)
		leave_turn(l);
	lane_release(l);
}

struct lane *
lane_next(struct lane *after, unsigned nfree)
{
	struct lane *l = after ? after->turn_next : turn;

	while (l && l->busy >= LANE_SHARE * nfree)
		l = l->turn_next;
	return l;
}

void
lane_turn(struct lane *l)
{
	if (!l->in_turn || turn_end == &l->turn_next)
		return;
	leave_turn(l);
	enter_turn(l);
}
