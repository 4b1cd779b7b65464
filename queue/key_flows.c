/* SPDX-License-Identifier: ISC */
/* Who waits under a key: a flow for each sender, groups in it. */
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/bytes.h"
#include "queue/keys.h"
#include "queue/loop.h"
#include "queue/round.h"
#include "queue/work.h"

#define PARK_MS      2000 /* at most until the first one comes again */
#define PARK_EACH_MS 20   /* at most for each one parked before */
#define PARK_MAX_MS  300000

static void *
need(void *p)
{
	if (!p)
		log_fatal(111, "out of memory");
	return p;
}

static void
flow_free(struct flow *f)
{
	lane_release(f->lane);
	free(f);
}

static struct flow *
flow_of(struct key *k, struct lane *lane)
{
	struct flow *f;

	for (f = k->flows; f; f = f->next)
		if (f->lane == lane)
			return f;
	f = need(calloc(1, sizeof *f));
	f->lane = lane;
	lane->refs++;
	if (k->lane && k->lane->busy >= LANE_FEW && lane->busy < LANE_FEW)
		lane_remove(k); /* key_ready: into this one */
	f->last = &f->first;
	*k->flows_last = f;
	k->flows_last = &f->next;
	return f;
}

static void
line_up(struct group *g)
{
	struct flow *f = flow_of(g->key, g->lane);

	g->waiting = true;
	g->next = NULL;
	*f->last = g;
	f->last = &g->next;
	key_ready(g->key);
}

static uint64_t
sum_of(const char *kind, const char *name)
{
	uint64_t sum = bytes_sum(BYTES_SUM_START, kind, strlen(kind));

	return bytes_sum(sum, name, strlen(name));
}

/* Whose mail it is, by what the sender cannot choose, as far as that is known:
 * another sender's address makes no other lane. */
static uint64_t
lane_name(const struct active *a, const struct target *t)
{
	const struct spool_envelope *env = &a->env;

	if (strcmp(t->sender, env->sender) != 0) /* a list's, say */
		return sum_of("sender ", t->sender);
	if (*env->account)
		return sum_of("account ", env->account);
	if (*env->sender && env->uid)
		return sum_of("uid ", log_num(env->uid));
	if (*env->sender && *env->ip)
		return sum_of("ip ", env->ip);
	return sum_of("sender ", env->sender);
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
	g->lane = lane_get(lane_name(a, t));
	g->lane->waiting++;
	g->passing = t->passing;
	target_list_init(&g->targets);
	g->sibling = a->groups;
	a->groups = g;
	k->waiting++;
	line_up(g);
	return g;
}

/* Does the lane's mail fill the memory? */
static bool
has_share(const struct lane *l)
{
	return l->waiting >= LANE_KEEP &&
	    l->waiting * LANE_FREE >= WORK_ACTIVE_MAX - work_active();
}

/* Until about half of those that wait now are gone, by the pace of late, and then
 * one after the other.  parked: how many were before. */
static void
park(unsigned *parked, const struct key *k, struct active *a, uint32_t t)
{
	uint64_t each = 1 + k->job_ms / k->limit, ms;

	if (each > PARK_EACH_MS)
		each = PARK_EACH_MS;
	ms = each * (k->waiting / 2 + 1);
	ms = (ms < PARK_MS ? ms : PARK_MS) + (*parked)++ * each;

	round_parked(a, t, loop_now() + (ms < PARK_MAX_MS ? ms : PARK_MAX_MS));
}

void
key_push(struct key *k, struct active *a, uint32_t t)
{
	struct lane *l = lane_find(lane_name(a, &a->targets[t]));

	k->used = loop_now();
	if (a->m->parked && k->parked)
		k->parked--;
	if (a->m->parked && l && l->parked)
		l->parked--;
	if (a->m->held || a->m->wish == 'd' || a->m->wish == 'b') {
		round_parked(a, t, 0); /* since it began to ask for its way */
	} else if (k->resting > loop_now() && !a->m->forced) {
		key_untried(k, a, t);
	} else if (k->waiting >= KEY_WAITING_MAX &&
	    !group_find(a, k, &a->targets[t])) {
		park(&k->parked, k, a, t);
	} else if (l && !a->groups && has_share(l)) {
		park(&l->parked, k, a, t);
	} else {
		a->targets[t].phase = PHASE_REMOTE;
		target_push(a,
		    &group_of(a, k, &a->targets[t])->targets, t);
	}
}

struct group *
key_take(struct key *k)
{
	struct flow **at = &k->flows, *f;
	struct group *g;

	while (*at && (*at)->lane != k->turn)
		at = &(*at)->next;
	if (!*at)
		at = &k->flows;
	k->turn = NULL;
	f = *at;
	if (!f)
		return NULL;
	*at = f->next;
	if (k->flows_last == &f->next)
		k->flows_last = at;
	g = f->first;
	g->waiting = false;
	f->first = g->next;
	if (f->first) { /* its sender's next one waits a turn */
		f->next = NULL;
		*k->flows_last = f;
		k->flows_last = &f->next;
	} else {
		flow_free(f);
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
	g->lane->waiting--;
	lane_release(g->lane);
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
	flow_free(f);
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

	while ((k = key_next_ready(
		    UINT32_MAX / LANE_SHARE, UINT32_MAX / LANE_SHARE)))
		while ((g = key_take(k))) {
			while ((t = target_pop(g->a, &g->targets)) !=
			    SPOOL_NO_TARGET)
				round_deferred(
				    g->a, t, 'L', "4.3.0", "", why);
			key_group_free(g);
		}
}
