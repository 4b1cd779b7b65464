/* SPDX-License-Identifier: ISC */
#include "queue/messages.h"

#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "queue/bytes.h"

#define BUCKETS_MIN 1024 /* a power of two */

struct heap {
	struct message **at;
	uint32_t n, room;
};
static struct message **buckets;
static unsigned long nbuckets, count;
static struct heap heaps[2]; /* fresh ones in 1 */

static void *
grow(void *p, size_t n, size_t size)
{
	p = reallocarray(p, n, size);
	if (!p)
		log_fatal(111, "out of memory");
	return p;
}

static struct message **
bucket(const char *id)
{
	return &buckets[bytes_sum(BYTES_SUM_START, id, strlen(id)) &
	    (nbuckets - 1)];
}

/* Doubles the table: each chain falls apart into two. */
static void
grow_table(void)
{
	struct message **old = buckets, *m, *next, **b;
	unsigned long i, n = nbuckets;

	nbuckets = n ? n * 2 : BUCKETS_MIN;
	buckets = grow(NULL, nbuckets, sizeof *buckets);
	memset(buckets, 0, nbuckets * sizeof *buckets);
	for (i = 0; i < n; i++)
		for (m = old[i]; m; m = next) {
			next = m->chain;
			b = bucket(m->id);
			m->chain = *b;
			*b = m;
		}
	free(old);
}

struct message *
message_find(const char *id)
{
	struct message *m = nbuckets ? *bucket(id) : NULL;

	while (m && strcmp(m->id, id) != 0)
		m = m->chain;
	return m;
}

struct message *
message_new(const char *id)
{
	struct message *m, **b;

	if (strlen(id) >= sizeof m->id || message_find(id))
		return NULL;
	if (count >= nbuckets)
		grow_table();
	m = grow(NULL, 1, sizeof *m);
	memset(m, 0, sizeof *m);
	strcpy(m->id, id);
	m->heap_at = MESSAGE_NO_HEAP;
	b = bucket(id);
	m->chain = *b;
	*b = m;
	count++;
	return m;
}

void
message_free(struct message *m)
{
	struct message **b = bucket(m->id);

	message_rest(m);
	while (*b != m)
		b = &(*b)->chain;
	*b = m->chain;
	count--;
	free(m);
}

unsigned long
message_count(void)
{
	return count;
}

static void
place(struct heap *h, uint32_t i, struct message *m)
{
	h->at[i] = m;
	m->heap_at = i;
}

static void
sift_up(struct heap *h, uint32_t i, struct message *m)
{
	while (i && h->at[(i - 1) / 2]->next > m->next) {
		place(h, i, h->at[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(h, i, m);
}

static void
sift_down(struct heap *h, uint32_t i, struct message *m)
{
	uint32_t child;

	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n &&
		    h->at[child + 1]->next < h->at[child]->next)
			child++;
		if (h->at[child]->next >= m->next)
			break;
		place(h, i, h->at[child]);
		i = child;
	}
	place(h, i, m);
}

void
message_rest(struct message *m)
{
	struct heap *h = &heaps[m->fresh];
	uint32_t i = m->heap_at;
	struct message *last;

	if (i == MESSAGE_NO_HEAP)
		return;
	m->heap_at = MESSAGE_NO_HEAP;
	last = h->at[--h->n];
	if (last == m)
		return;
	if (i && h->at[(i - 1) / 2]->next > last->next)
		sift_up(h, i, last);
	else
		sift_down(h, i, last);
}

void
message_due(struct message *m, uint64_t next)
{
	struct heap *h;

	message_rest(m);
	m->fresh = !m->attempts && !m->parked && !m->untried;
	m->next = next;
	h = &heaps[m->fresh];
	if (h->n == h->room) {
		h->room = h->room ? h->room * 2 : BUCKETS_MIN;
		h->at = grow(h->at, h->room, sizeof *h->at);
	}
	sift_up(h, h->n++, m);
}

struct message *
message_first(bool fresh)
{
	struct heap *h = &heaps[fresh];

	return h->n ? h->at[0] : NULL;
}

struct message *
message_walk(unsigned long *at)
{
	while (*at < nbuckets) {
		struct message *m = buckets[(*at)++];

		if (m)
			return m;
	}
	return NULL;
}
