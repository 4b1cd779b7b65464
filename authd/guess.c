/* SPDX-License-Identifier: ISC */
#include "authd/guess.h"

#include <string.h>

#define UNIT 1024 /* a failure, in parts that can fade */

struct failures {
	uint64_t at_s;
	uint32_t parts;
};

int
guess_init(struct guess *g)
{
	g->slow_ms = 0;
	g->slow_s = 0;
	if (memo_init(&g->failures, GUESS_ENTRIES,
	    sizeof(struct failures)) == -1)
		return -1;
	return memo_init(&g->good, GUESS_GOOD_ENTRIES, sizeof(uint64_t));
}

void
guess_free(struct guess *g)
{
	memo_free(&g->failures);
	memo_free(&g->good);
}

static void
fade(struct failures *f, uint64_t now_s)
{
	uint64_t steps;

	if (now_s <= f->at_s)
		return;
	steps = (now_s - f->at_s) / GUESS_HALF_SECONDS;
	f->parts = steps > 31 ? 0 : f->parts >> steps;
	f->at_s += steps * GUESS_HALF_SECONDS;
}

/* Counts one more; how many there are now. */
static uint32_t
count(struct guess *g, const char *kind, const void *name, size_t len,
    uint64_t now_s)
{
	struct memo_key key = memo_key(&g->failures, kind, 1, name, len);
	struct failures *f = memo_put(&g->failures, &key, now_s);

	if (!f->parts)
		f->at_s = now_s;
	fade(f, now_s);
	if (f->parts < UINT32_MAX - UNIT)
		f->parts += UNIT;
	return f->parts / UNIT;
}

static struct memo_key
pair(const struct guess *g, const struct ip *net, const char *user)
{
	return memo_key(&g->good, net->b, sizeof net->b, user, strlen(user));
}

void
guess_took(struct guess *g, uint32_t ms, uint64_t now_s)
{
	ms += ms / 4; /* no two runs are alike: all on the same side of the grid */
	if (ms > GUESS_DELAY_MAX_MS)
		ms = GUESS_DELAY_MAX_MS;
	if (ms > g->slow_ms || now_s - g->slow_s > GUESS_SLOW_SECONDS)
		g->slow_ms = ms;
	else if (ms < g->slow_ms / 2)
		return;
	g->slow_s = now_s;
}

uint32_t
guess_failed(struct guess *g, const struct ip *net, const char *user,
    uint64_t now_s, uint32_t took_ms)
{
	uint32_t a = count(g, "i", net->b, sizeof net->b, now_s);
	uint32_t u = count(g, "u", user, strlen(user), now_s);
	uint32_t n = a > u ? a : u, delay = 0;
	struct memo_key key = pair(g, net, user);

	memo_remove(&g->good, &key);
	if (n > GUESS_FREE) {
		n -= GUESS_FREE + 1;
		delay = n > 8 ? GUESS_DELAY_MAX_MS : GUESS_DELAY_MS << n;
		if (delay > GUESS_DELAY_MAX_MS)
			delay = GUESS_DELAY_MAX_MS;
	}
	if (delay > took_ms)
		took_ms = delay;
	if (g->slow_ms > took_ms)
		took_ms = g->slow_ms;
	return (took_ms + GUESS_GRID_MS) / GUESS_GRID_MS * GUESS_GRID_MS;
}

void
guess_right(struct guess *g, const struct ip *net, const char *user,
    uint64_t now_s)
{
	struct memo_key key = memo_key(&g->failures, "i", 1, net->b,
	    sizeof net->b);
	struct failures *f = memo_find(&g->failures, &key, now_s);

	if (f)
		f->parts /= 2;
	key = pair(g, net, user);
	*(uint64_t *)memo_put(&g->good, &key, now_s) = now_s;
}

bool
guess_is_good(struct guess *g, const struct ip *net, const char *user,
    uint64_t now_s)
{
	struct memo_key key = pair(g, net, user);
	uint64_t *since = memo_find(&g->good, &key, now_s);

	return since && now_s - *since < GUESS_GOOD_SECONDS;
}
