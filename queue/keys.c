/* SPDX-License-Identifier: ISC */
#include "queue/keys.h"

#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/bytes.h"
#include "queue/loop.h"
#include "queue/round.h"

#define BUCKETS      4096

static struct key *buckets[BUCKETS];
static unsigned nkeys;

static void *
need(void *p)
{
	if (!p)
		log_fatal(111, "out of memory");
	return p;
}

/* Forgets the idle keys of a bucket when there are too many. */
static void
forget(struct key **b)
{
	struct key *k;

	while ((k = *b)) {
		if (k->busy || k->waiting || k->lane ||
		    k->resting > loop_now()) {
			b = &k->chain;
			continue;
		}
		*b = k->chain;
		nkeys--;
		free(k);
	}
}

struct key *
key_find(const char *name)
{
	size_t len = strlen(name);
	uint64_t h = bytes_sum(BYTES_SUM_START, name, len);
	struct key **b = &buckets[h % BUCKETS], *k;

	for (k = *b; k; k = k->chain)
		if (strcmp(k->name, name) == 0)
			return k;
	if (nkeys >= KEYS_MAX)
		forget(b);
	k = need(calloc(1, sizeof *k + len + 1));
	memcpy(k->name, name, len);
	k->limit = 1;
	k->flows_last = &k->flows;
	k->chain = *b;
	*b = k;
	nkeys++;
	return k;
}

/* The first whose lane has few connections, else the first. */
static struct flow *
first_flow(const struct key *k)
{
	struct flow *f = k->flows;

	while (f && f->lane->busy >= LANE_FEW)
		f = f->next;
	return f ? f : k->flows;
}

void
key_ready(struct key *k)
{
	if (!k->lane && k->flows && k->busy < k->limit)
		lane_add(first_flow(k)->lane, k);
}

bool
key_in_doubt(const struct key *k)
{
	return k->rests || !k->works;
}

/* The first key of the lane that can go on; those whose groups were answered
 * for, or whose limit fell, drop out here. */
static struct key *
next_of(struct lane *l, unsigned nfree, unsigned ndoubt)
{
	bool full = l->in_doubt >= LANE_SHARE * ndoubt;
	bool first = !l->busy && nfree > KEY_SURE_FREE;
	struct key *k, *next;

	for (k = l->first; k; k = next) {
		next = k->lane_next;
		if (k->flows && k->busy < k->limit && !(full &&
			key_in_doubt(k) && !(first && !k->rests)))
			return k;
		if (k->flows && k->busy < k->limit)
			continue;
		if (l->first == k && !next) { /* the lane may go with it */
			lane_remove(k);
			return NULL;
		}
		lane_remove(k);
	}
	return NULL;
}

struct key *
key_next_ready(unsigned nfree, unsigned ndoubt)
{
	struct lane *l, *next;
	struct key *k;

	for (l = lane_next(NULL, nfree); l; l = next) {
		next = lane_next(l, nfree);
		k = next_of(l, nfree, ndoubt);
		if (!k)
			continue;
		k->turn = l;
		lane_turn(l);
		lane_remove(k);
		return k;
	}
	return NULL;
}

bool
key_quick(const struct key *k)
{
	return k->limit > 1 && !k->rests && k->job_ms <= KEY_QUICK_MS &&
	    k->busy + k->waiting < k->limit;
}

void
key_took(struct key *k, uint64_t ms)
{
	k->job_ms = (unsigned)((3 * (uint64_t)k->job_ms + ms) / 4);
}

void
key_good(struct key *k)
{
	k->rests = 0;
	k->resting = 0;
	k->works = true;
	if (k->limit < KEY_LIMIT_MAX)
		k->limit++;
}

void
key_untried(struct key *k, struct active *a, uint32_t t)
{
	uint64_t now = loop_now(), left, until;
	bool tried = a->tried;

	left = k->resting > now ? k->resting - now : 0;
	until = now + left +
	    schedule_random() % (KEY_SPREAD_MS + (uint32_t)(left / 4));
	if (until > a->wait_until)
		a->wait_until = until;
	round_deferred(a, t, 'T', "4.4.1", "", k->text);
	a->tried = tried; /* this was no attempt */
}

/* Who waits is answered for now: a resting place takes nobody's memory. */
static void
defer_waiting(struct key *k)
{
	struct group *g;
	uint32_t t;

	while ((g = key_take(k))) {
		struct active *a = g->a;

		while ((t = target_pop(a, &g->targets)) != SPOOL_NO_TARGET)
			key_untried(k, a, t);
		key_group_free(g);
	}
}

void
key_bad(struct key *k, uint64_t seconds, const char *text)
{
	uint64_t ms = round_schedule.retry_ms / 2
	    << (k->rests < KEY_REST_DOUBLINGS ? k->rests : KEY_REST_DOUBLINGS);

	k->rests++;
	k->limit = 1;
	if (seconds > KEY_REST_ASKED_MAX)
		seconds = KEY_REST_ASKED_MAX;
	if (ms < seconds * 1000)
		ms = seconds * 1000;
	k->resting = loop_now() + ms;
	strncpy(k->text, *text ? text : "the host does not answer",
	    sizeof k->text - 1);
	log_event("resting", "key", k->name, "seconds",
	    log_num(ms / 1000), "reason", k->text);
	defer_waiting(k);
}
