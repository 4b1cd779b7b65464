/* SPDX-License-Identifier: ISC */
#include "relayd/budgets.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 256 /* keys */
#define NONE       UINT32_MAX
#define HAND_STEPS 64 /* keys looked at for one that can make room */

struct budget_key
budgets_key_ip(const struct ip *masked)
{
	struct budget_key key = { { 0 } };

	key.b[0] = 1;
	memcpy(key.b + 1, masked->b, sizeof masked->b);
	return key;
}

struct budget_key
budgets_key_mailbox(const char *mailbox)
{
	struct budget_key key = { { 0 } };

	memcpy(key.b, mailbox, strnlen(mailbox, sizeof key.b));
	return key;
}

void
budgets_init(struct budgets *bs)
{
	memset(bs, 0, sizeof *bs);
	randombytes_buf(bs->hash_key, sizeof bs->hash_key);
}

void
budgets_free(struct budgets *bs)
{
	free(bs->all);
	free(bs->heads);
	budgets_init(bs);
}

static uint32_t *
head_of(const struct budgets *bs, const struct budget_key *key)
{
	unsigned char out[8];
	uint32_t h;

	crypto_shorthash(out, (const unsigned char *)key->b, sizeof key->b,
	    bs->hash_key);
	memcpy(&h, out, sizeof h);
	return &bs->heads[h & (bs->buckets - 1)];
}

/* Forgets the steps that lie more than an hour back. */
static void
advance(struct budget *b, uint32_t now)
{
	uint32_t step = now / BUDGETS_STEP;

	if (step <= b->step)
		return;
	if (step - b->step >= BUDGETS_STEPS)
		memset(b->spent, 0, sizeof b->spent);
	else
		while (b->step < step)
			b->spent[++b->step % BUDGETS_STEPS] = 0;
	b->step = step;
}

static uint64_t
sum(const struct budget *b)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < BUDGETS_STEPS; i++)
		n += b->spent[i];
	return n;
}

static struct budget *
find(const struct budgets *bs, const struct budget_key *key)
{
	uint32_t i;

	if (!bs->buckets)
		return NULL;
	for (i = *head_of(bs, key); i != NONE; i = bs->all[i].next)
		if (!memcmp(&bs->all[i].key, key, sizeof *key))
			return &bs->all[i];
	return NULL;
}

static int
grow(struct budgets *bs)
{
	uint32_t room = bs->room ? bs->room * 2 : ROOM_FIRST, i, *head, *heads;
	struct budget *all;

	if (room > BUDGETS_MAX)
		room = BUDGETS_MAX;
	if (room == bs->room)
		return -1;
	all = realloc(bs->all, room * sizeof *all);
	if (!all)
		return -1;
	bs->all = all;
	bs->room = room;
	for (i = ROOM_FIRST; i < room; i *= 2)
		;
	heads = realloc(bs->heads, i * sizeof *heads);
	if (!heads)
		return -1;
	bs->heads = heads;
	bs->buckets = i;
	memset(heads, 0xff, i * sizeof *heads);
	for (i = 0; i < bs->n; i++) {
		head = head_of(bs, &bs->all[i].key);
		bs->all[i].next = *head;
		*head = i;
	}
	return 0;
}

/* A key that has spent nothing for an hour, taken out of its chain. */
static struct budget *
recycle(struct budgets *bs, uint32_t now)
{
	struct budget *b;
	uint32_t *p, i;

	for (i = 0; i < HAND_STEPS && i < bs->n; i++) {
		bs->hand = (bs->hand + 1) % bs->n;
		b = &bs->all[bs->hand];
		advance(b, now);
		if (sum(b))
			continue;
		for (p = head_of(bs, &b->key); *p != bs->hand;)
			p = &bs->all[*p].next;
		*p = b->next;
		return b;
	}
	return NULL;
}

static struct budget *
add(struct budgets *bs, const struct budget_key *key, uint32_t now)
{
	struct budget *b = NULL;
	uint32_t *head;

	if (bs->n == bs->room)
		b = recycle(bs, now);
	if (!b) {
		if (bs->n == bs->room && grow(bs) == -1)
			return NULL;
		b = &bs->all[bs->n++];
	}
	memset(b, 0, sizeof *b);
	b->key = *key;
	b->step = now / BUDGETS_STEP;
	head = head_of(bs, key);
	b->next = *head;
	*head = (uint32_t)(b - bs->all);
	return b;
}

uint64_t
budgets_spent(struct budgets *bs, const struct budget_key *key, uint32_t now)
{
	struct budget *b = find(bs, key);

	if (!b)
		return 0;
	advance(b, now);
	return sum(b);
}

int
budgets_spend(struct budgets *bs, const struct budget_key *key, uint32_t now,
    uint32_t ago, uint64_t n)
{
	struct budget *b = find(bs, key);
	uint32_t back = ago / BUDGETS_STEP, *at;

	if (back >= BUDGETS_STEPS)
		return 0;
	if (!b && (b = add(bs, key, now)) == NULL)
		return -1;
	advance(b, now);
	if (back > b->step)
		back = b->step; /* before the boot: counts as at its start */
	at = &b->spent[(b->step - back) % BUDGETS_STEPS];
	*at = n > UINT32_MAX - *at ? UINT32_MAX : *at + (uint32_t)n;
	return 0;
}

bool
budgets_say(struct budgets *bs, const struct budget_key *key, uint32_t now)
{
	struct budget *b = find(bs, key);

	if (!b || (b->logged && now - b->logged < 3600))
		return false;
	b->logged = now ? now : 1;
	return true;
}

void
budgets_each(struct budgets *bs, uint32_t now,
    void (*each)(void *arg, const struct budget_key *key, uint32_t ago,
	uint32_t n),
    void *arg)
{
	struct budget *b;
	uint32_t i, back, n;

	for (i = 0; i < bs->n; i++) {
		b = &bs->all[i];
		advance(b, now);
		for (back = 0; back < BUDGETS_STEPS && back <= b->step; back++) {
			n = b->spent[(b->step - back) % BUDGETS_STEPS];
			if (n)
				each(arg, &b->key, back * BUDGETS_STEP, n);
		}
	}
}
