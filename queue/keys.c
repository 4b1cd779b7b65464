/* SPDX-License-Identifier: ISC */
#include "queue/keys.h"

#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/bytes.h"
#include "queue/loop.h"
#include "queue/round.h"

#define BUCKETS      4096
#define PARK_MS      2000
#define PARK_EACH_MS 20 /* for each one parked before */
#define PARK_MAX_MS  300000

static struct key *buckets[BUCKETS];
static unsigned nkeys;
static struct key *ready, **ready_end = &ready;

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
		if (k->busy || k->waiting || k->in_ready ||
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

void
key_ready(struct key *k)
{
	if (k->in_ready || !k->flows || k->busy >= k->limit)
		return;
	k->in_ready = true;
	k->ready_next = NULL;
	*ready_end = k;
	ready_end = &k->ready_next;
}

static struct flow *
flow_of(struct key *k, uint64_t sender)
{
	struct flow *f;

	for (f = k->flows; f; f = f->next)
		if (f->sender == sender)
			return f;
	f = need(calloc(1, sizeof *f));
	f->sender = sender;
	f->last = &f->first;
	*k->flows_last = f;
	k->flows_last = &f->next;
	return f;
}

static void
line_up(struct group *g)
{
	struct flow *f = flow_of(g->key,
	    bytes_sum(BYTES_SUM_START, g->sender, strlen(g->sender)));

	g->waiting = true;
	g->next = NULL;
	*f->last = g;
	f->last = &g->next;
	key_ready(g->key);
}

static struct group *
group_find(const struct active *a, const struct key *k, const char *sender)
{
	struct group *g = a->groups;

	while (g && (g->key != k || strcmp(g->sender, sender) != 0))
		g = g->sibling;
	return g;
}

static struct group *
group_of(struct active *a, struct key *k, const char *sender)
{
	struct group *g = group_find(a, k, sender);

	if (g)
		return g;
	g = need(calloc(1, sizeof *g));
	g->a = a;
	g->key = k;
	g->sender = sender;
	target_list_init(&g->targets);
	g->sibling = a->groups;
	a->groups = g;
	k->waiting++;
	line_up(g);
	return g;
}

static void
park(struct key *k, struct active *a, uint32_t t)
{
	uint64_t ms = PARK_MS + (uint64_t)k->parked++ * PARK_EACH_MS;

	round_parked(a, t, loop_now() + (ms < PARK_MAX_MS ? ms : PARK_MAX_MS));
}

void
key_push(struct key *k, struct active *a, uint32_t t)
{
	k->used = loop_now();
	if (a->m->parked && k->parked)
		k->parked--;
	if (k->resting > loop_now() && !a->m->forced) {
		if (k->resting > a->wait_until)
			a->wait_until =
			    k->resting + schedule_random() % 10000;
		round_deferred(a, t, 'T', "4.4.1", "", k->text);
	} else if (k->waiting >= KEY_WAITING_MAX &&
	    !group_find(a, k, a->targets[t].sender)) {
		park(k, a, t);
	} else {
		a->targets[t].phase = PHASE_REMOTE;
		target_push(a,
		    &group_of(a, k, a->targets[t].sender)->targets, t);
	}
}

struct group *
key_take(struct key *k)
{
	struct flow *f = k->flows;
	struct group *g;

	if (!f)
		return NULL;
	k->flows = f->next;
	if (!k->flows)
		k->flows_last = &k->flows;
	g = f->first;
	g->waiting = false;
	f->first = g->next;
	if (f->first) { /* its sender's next one waits a turn */
		f->next = NULL;
		*k->flows_last = f;
		k->flows_last = &f->next;
	} else {
		free(f);
	}
	return g;
}

void
key_return(struct group *g)
{
	line_up(g);
}

void
key_group_free(struct group *g)
{
	struct group **at = &g->a->groups;

	while (*at != g)
		at = &(*at)->sibling;
	*at = g->sibling;
	g->key->waiting--;
	free(g);
}

/* Out of its flow; an empty flow goes too. */
static void
unline(struct group *g)
{
	struct key *k = g->key;
	struct flow **fp = &k->flows, *f;
	struct group **at = NULL;

	for (; (f = *fp); fp = &f->next) {
		for (at = &f->first; *at && *at != g; at = &(*at)->next)
			;
		if (*at)
			break;
	}
	*at = g->next;
	if (f->last == &g->next)
		f->last = at;
	if (f->first)
		return;
	*fp = f->next;
	if (k->flows_last == &f->next)
		k->flows_last = fp;
	free(f);
}

void
key_cancel(struct active *a)
{
	struct group *g, *next;
	uint32_t t;

	for (g = a->groups; g; g = next) {
		next = g->sibling;
		if (!g->waiting)
			continue;
		unline(g);
		while ((t = target_pop(a, &g->targets)) != SPOOL_NO_TARGET)
			round_parked(a, t, 0);
		key_group_free(g);
	}
}

static void
unready(struct key **at)
{
	struct key *k = *at;

	*at = k->ready_next;
	if (ready_end == &k->ready_next)
		ready_end = at;
	k->in_ready = false;
}

/* Keys whose groups were answered for, or whose limit fell, drop out here. */
struct key *
key_next_ready(bool careful)
{
	struct key **at = &ready, *k;

	while ((k = *at)) {
		if (!k->flows || k->busy >= k->limit) {
			unready(at);
		} else if (careful && k->rests) {
			at = &k->ready_next;
		} else {
			unready(at);
			return k;
		}
	}
	return NULL;
}

void
key_good(struct key *k)
{
	k->rests = 0;
	k->resting = 0;
	if (k->limit < KEY_LIMIT_MAX)
		k->limit++;
}

/* Who waits is answered for now: a resting place takes nobody's memory. */
static void
defer_waiting(struct key *k)
{
	struct group *g;
	uint32_t t;

	while ((g = key_take(k))) {
		struct active *a = g->a;

		if (k->resting > a->wait_until)
			a->wait_until =
			    k->resting + schedule_random() % 10000;
		while ((t = target_pop(a, &g->targets)) != SPOOL_NO_TARGET)
			round_deferred(a, t, 'T', "4.4.1", "", k->text);
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
