/* SPDX-License-Identifier: ISC */
#include "authd/tickets.h"

#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

#define NONE UINT32_MAX

/* The text: four bytes of its place, then the secret, in hex. */
#define RAW_SIZE (4 + TICKETS_SECRET)
_Static_assert(RAW_SIZE * 2 < AUTHD_TICKET_MAX, "a ticket fits");

int
tickets_init(struct tickets *ts)
{
	ts->used = 0;
	ts->free = ts->first = ts->last = NONE;
	ts->all = mmap(NULL, TICKETS_MAX * sizeof *ts->all,
	    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE, -1, 0);
	return ts->all == MAP_FAILED ? -1 : 0;
}

void
tickets_free(struct tickets *ts)
{
	munmap(ts->all, TICKETS_MAX * sizeof *ts->all);
}

static void
release(struct tickets *ts, uint32_t i)
{
	struct ticket *t = &ts->all[i];

	if (t->prev != NONE)
		ts->all[t->prev].next = t->next;
	else
		ts->first = t->next;
	if (t->next != NONE)
		ts->all[t->next].prev = t->prev;
	else
		ts->last = t->prev;
	sodium_memzero(t, sizeof *t);
	t->next = ts->free;
	ts->free = i;
}

static void
expire(struct tickets *ts, uint64_t now_ms)
{
	while (ts->first != NONE && ts->all[ts->first].until_ms <= now_ms)
		release(ts, ts->first);
}

/* When all are out, the oldest yields: who fetches one redeems it at once. */
static uint32_t
fresh(struct tickets *ts)
{
	uint32_t i;

	if (ts->free == NONE && ts->used < TICKETS_MAX)
		return ts->used++;
	if (ts->free == NONE)
		release(ts, ts->first);
	i = ts->free;
	ts->free = ts->all[i].next;
	return i;
}

void
tickets_give(struct tickets *ts, char out[AUTHD_TICKET_MAX],
    const struct authd_login *login, uint64_t now_ms)
{
	unsigned char raw[RAW_SIZE];
	struct ticket *t;
	uint32_t i;

	expire(ts, now_ms);
	i = fresh(ts);
	t = &ts->all[i];
	t->login = *login;
	t->until_ms = now_ms + AUTHD_TICKET_SECONDS * 1000;
	t->live = 1;
	randombytes_buf(t->secret, sizeof t->secret);
	t->next = NONE;
	t->prev = ts->last;
	if (ts->last != NONE)
		ts->all[ts->last].next = i;
	else
		ts->first = i;
	ts->last = i;
	memcpy(raw, &i, 4);
	memcpy(raw + 4, t->secret, sizeof t->secret);
	sodium_bin2hex(out, AUTHD_TICKET_MAX, raw, sizeof raw);
}

int
tickets_take(struct tickets *ts, struct authd_login *login, const char *text,
    uint64_t now_ms)
{
	unsigned char raw[RAW_SIZE];
	struct ticket *t;
	const char *end;
	size_t len;
	uint32_t i;

	expire(ts, now_ms);
	if (sodium_hex2bin(raw, sizeof raw, text, strlen(text), NULL, &len,
	    &end) == -1 || *end || len != sizeof raw)
		return 0;
	memcpy(&i, raw, 4);
	if (i >= ts->used)
		return 0;
	t = &ts->all[i];
	if (!t->live || sodium_memcmp(t->secret, raw + 4, sizeof t->secret))
		return 0;
	*login = t->login;
	release(ts, i);
	return 1;
}
