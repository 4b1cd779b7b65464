/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_MEMO_H
#define AUTHD_MEMO_H

/* A table of a fixed size that forgets: by a keyed BLAKE2b of what it is about,
 * so that it holds neither names nor passwords as keys.  A new entry takes the
 * place of the one used longest ago among MEMO_WAYS.  Memory is taken from the
 * kernel as it fills. */
#include <stddef.h>
#include <stdint.h>

#define MEMO_KEY_SIZE 16 /* bytes */
#define MEMO_WAYS     4

struct memo {
	unsigned char *slots;
	size_t sets, size; /* size: of a slot */
	unsigned char secret[32]; /* of this start */
};
struct memo_key {
	unsigned char b[MEMO_KEY_SIZE];
};

/* Room for entries (a power of two) with size bytes each.  0 or -1. */
int memo_init(struct memo *m, size_t entries, size_t size);
void memo_free(struct memo *m);
/* Forgets everything, under a new secret. */
void memo_clear(struct memo *m);
/* The key of two byte strings. */
struct memo_key memo_key(const struct memo *m, const void *a, size_t alen,
    const void *b, size_t blen);
/* The entry's bytes (aligned to 8), marked as used now_s; NULL: not there. */
void *memo_find(struct memo *m, const struct memo_key *key, uint64_t now_s);
/* The same, made (zeroed) where it is not there. */
void *memo_put(struct memo *m, const struct memo_key *key, uint64_t now_s);
void memo_remove(struct memo *m, const struct memo_key *key);

#endif
