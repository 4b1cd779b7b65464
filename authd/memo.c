/* SPDX-License-Identifier: ISC */
#include "authd/memo.h"

#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

struct slot {
	struct memo_key key;
	uint64_t used; /* seconds, + 1: 0 is an empty slot */
};

static size_t
bytes(const struct memo *m)
{
	return m->sets * MEMO_WAYS * m->size;
}

int
memo_init(struct memo *m, size_t entries, size_t size)
{
	m->sets = entries / MEMO_WAYS;
	m->size = sizeof(struct slot) + (size + 7) / 8 * 8;
	m->slots = mmap(NULL, bytes(m), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (m->slots == MAP_FAILED)
		return -1;
	randombytes_buf(m->secret, sizeof m->secret);
	return 0;
}

void
memo_free(struct memo *m)
{
	munmap(m->slots, bytes(m));
	sodium_memzero(m, sizeof *m);
}

void
memo_clear(struct memo *m)
{
	/* gives the pages back; they read as zeros again */
	if (madvise(m->slots, bytes(m), MADV_DONTNEED) == -1)
		memset(m->slots, 0, bytes(m));
	randombytes_buf(m->secret, sizeof m->secret);
}

struct memo_key
memo_key(const struct memo *m, const void *a, size_t alen, const void *b,
    size_t blen)
{
	crypto_generichash_state st;
	struct memo_key key;
	uint64_t len = alen;

	crypto_generichash_init(&st, m->secret, sizeof m->secret,
	    sizeof key.b);
	crypto_generichash_update(&st, (const unsigned char *)&len,
	    sizeof len);
	crypto_generichash_update(&st, a, alen);
	crypto_generichash_update(&st, b, blen);
	crypto_generichash_final(&st, key.b, sizeof key.b);
	sodium_memzero(&st, sizeof st);
	return key;
}

static struct slot *
slot_at(const struct memo *m, const struct memo_key *key, size_t way)
{
	uint64_t h;

	memcpy(&h, key->b, sizeof h);
	return (struct slot *)(void *)(m->slots +
	    (h % m->sets * MEMO_WAYS + way) * m->size);
}

static struct slot *
find(const struct memo *m, const struct memo_key *key)
{
	struct slot *s;
	size_t i;

	for (i = 0; i < MEMO_WAYS; i++) {
		s = slot_at(m, key, i);
		if (s->used && !sodium_memcmp(s->key.b, key->b, sizeof key->b))
			return s;
	}
	return NULL;
}

void *
memo_find(struct memo *m, const struct memo_key *key, uint64_t now_s)
{
	struct slot *s = find(m, key);

	if (!s)
		return NULL;
	s->used = now_s + 1;
	return s + 1;
}

void *
memo_put(struct memo *m, const struct memo_key *key, uint64_t now_s)
{
	struct slot *s = find(m, key), *oldest = NULL;
	size_t i;

	for (i = 0; !s && i < MEMO_WAYS; i++)
		if (!oldest || slot_at(m, key, i)->used < oldest->used)
			oldest = slot_at(m, key, i);
	if (!s) {
		s = oldest;
		memset(s, 0, m->size);
		s->key = *key;
	}
	s->used = now_s + 1;
	return s + 1;
}

void
memo_remove(struct memo *m, const struct memo_key *key)
{
	struct slot *s = find(m, key);

	if (s)
		memset(s, 0, m->size);
}
