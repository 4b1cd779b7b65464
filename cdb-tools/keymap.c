/* SPDX-License-Identifier: ISC */
#include "cdb-tools/keymap.h"
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"

#define SLOTS_MIN 64
#define ID_BITS   24
#define ID_MASK   ((1u << ID_BITS) - 1)

static void *
grown(void *p, size_t n, size_t size)
{
	p = realloc(p, n * size);
	if (!p)
		log_fatal(111, "out of memory");
	return p;
}

static void
make_slots(struct keymap *m, size_t n)
{
	free(m->slots);
	m->slots = calloc(n, sizeof *m->slots);
	if (!m->slots)
		log_fatal(111, "out of memory");
	m->mask = n - 1;
}

void
keymap_init(struct keymap *m, char *const *base, size_t expected)
{
	size_t slots = SLOTS_MIN;

	*m = (struct keymap){ .base = base };
	while (slots < expected + expected / 2)
		slots *= 2;
	make_slots(m, slots);
	m->room = expected < 16 ? 16 : expected;
	m->keys = grown(NULL, m->room, sizeof *m->keys);
}

void
keymap_free(struct keymap *m)
{
	free(m->keys);
	free(m->slots);
	*m = (struct keymap){ 0 };
}

static uint64_t
mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static uint64_t
load(const char *s)
{
	uint64_t word;

	memcpy(&word, s, sizeof word);
	return word;
}

uint64_t
keymap_hash(const char *s, size_t len)
{
	uint64_t h = len, word = 0;
	const char *end = s + len;

	if (len < 8) {
		memcpy(&word, s, len);
		return mix(mix(h, word), 0);
	}
	for (; end - s > 8; s += 8)
		h = mix(h, load(s));
	return mix(mix(h, load(end - 8)), 0);
}

void
keymap_expect(const struct keymap *m, uint64_t hash)
{
	__builtin_prefetch(&m->slots[hash & m->mask], 1);
}

static uint32_t
slot_tag(uint64_t h)
{
	return (uint32_t)(h >> 56) << ID_BITS;
}

/* The slot that holds s, or the free one where it belongs. */
static size_t
probe(const struct keymap *m, uint64_t h, const char *s, size_t len)
{
	const struct keymap_key *k;
	size_t i = h & m->mask;
	uint32_t v;

	while ((v = m->slots[i])) {
		if ((v & ~ID_MASK) == slot_tag(h)) {
			k = &m->keys[(v & ID_MASK) - 1];
			if (k->len == len && !memcmp(*m->base + k->off, s, len))
				return i;
		}
		i = (i + 1) & m->mask;
	}
	return i;
}

static void
rehash(struct keymap *m)
{
	const struct keymap_key *k;
	uint64_t h;
	size_t i, id;

	make_slots(m, (m->mask + 1) * 2);
	for (id = 0; id < m->n; id++) {
		k = &m->keys[id];
		h = keymap_hash(*m->base + k->off, k->len);
		for (i = h & m->mask; m->slots[i]; i = (i + 1) & m->mask)
			;
		m->slots[i] = slot_tag(h) | (uint32_t)(id + 1);
	}
}

long
keymap_find(const struct keymap *m, const char *s, size_t len)
{
	uint32_t v;

	if (!m->n)
		return -1;
	v = m->slots[probe(m, keymap_hash(s, len), s, len)];
	return (long)(v & ID_MASK) - 1;
}

int
keymap_add(struct keymap *m, size_t off, size_t len, long *id)
{
	return keymap_add_hashed(
	    m, keymap_hash(*m->base + off, len), off, len, id);
}

int
keymap_add_hashed(
    struct keymap *m, uint64_t h, size_t off, size_t len, long *id)
{
	const char *s = *m->base + off;
	size_t i = probe(m, h, s, len);

	if (m->slots[i]) {
		*id = (long)(m->slots[i] & ID_MASK) - 1;
		return 0;
	}
	if (m->n == KEYMAP_MAX || off + len > UINT32_MAX)
		log_fatal(100, "more than 16 million entries: too many");
	if (m->n == m->room) {
		m->room *= 2;
		m->keys = grown(m->keys, m->room, sizeof *m->keys);
	}
	m->keys[m->n] = (struct keymap_key){ (uint32_t)off, (uint32_t)len };
	*id = (long)m->n++;
	m->slots[i] = slot_tag(h) | (uint32_t)m->n;
	if (m->n > (m->mask + 1) / 4 * 3)
		rehash(m);
	return 1;
}

const char *
keymap_get(const struct keymap *m, long id, size_t *len)
{
	*len = m->keys[id].len;
	return *m->base + m->keys[id].off;
}
