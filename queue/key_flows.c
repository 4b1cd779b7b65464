/* SPDX-License-Identifier: ISC */
/* Who waits under a key: a flow for each sender, groups in it. */
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/bytes.h"
#include "queue/keys.h"
#include "queue/loop.h"
#include "queue/round.h"

#define PARK_MS      2000
#define PARK_EACH_MS 20 /* for each one parked before */
#define PARK_MAX_MS  300000

static void *
need(void *p)
{
	if (!p)
		log_fatal(111, "out of memory");
	return p;
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
group_find(const struct active *a, const struct key *k, const struct target *t)
{
	struct group *g = a->groups;

	while (g && (g->key != k || g->passing != t->passing ||
			strcmp(g->sender, t->sender) != 0))
		g = g->sibling;
	return g;
}

static struct group *
group_of(struct active *a, struct key *k, const struct target *t)
{
	struct group *g = group_find(a, k, t);

	if (g)
		return g;
	g = need(calloc(1, sizeof *g));
	g->a = a;
	g->key = k;
	g->sender = t->sender;
	g->passing = t->passing;
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
	    !group_find(a, k, &a->targets[t])) {
		park(k, a, t);
	} else {
		a->targets[t].phase = PHASE_REMOTE;
		target_push(a,
		    &group_of(a, k, &a->targets[t])->targets, t);
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
	if (!f)
		return; /* it is in none */
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

void
key_defer_all(const char *why)
{
	struct key *k;
	struct group *g;
	uint32_t t;

	while ((k = key_next_ready(false)))
		while ((g = key_take(k))) {
			while ((t = target_pop(g->a, &g->targets)) !=
			    SPOOL_NO_TARGET)
				round_deferred(
				    g->a, t, 'L', "4.3.0", "", why);
			key_group_free(g);
		}
}
