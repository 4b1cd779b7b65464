/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_KEYMAP_H
#define CDB_TOOLS_KEYMAP_H

/* A set of strings that lie in one text: string to number, number to string.
 *
 * Made for a million strings: 8 bytes for each and 4 to 8 for the index, no
 * allocation for one.  Numbers count from 0 in the order of keymap_add. */
#include <stddef.h>
#include <stdint.h>

#define KEYMAP_MAX 16777214 /* strings: a slot has 24 bits for the number */

struct keymap_key {
	uint32_t off;
	uint32_t len;
};
struct keymap {
	char *const *base; /* borrowed: where the text's address is kept */
	struct keymap_key *keys;
	uint32_t
	    *slots; /* 8 bits of the hash, 24 bits of number + 1; 0: free */
	size_t n, room, mask;
};

/* expected: how many will come; more is no error. */
void keymap_init(struct keymap *m, char *const *base, size_t expected);
void keymap_free(struct keymap *m);
/* The number of s, or -1. */
long keymap_find(const struct keymap *m, const char *s, size_t len);
/* Adds the string at off of the text.  1: new, 0: it was there; *id either way.
 * More than KEYMAP_MAX end the program (100). */
int keymap_add(struct keymap *m, size_t off, size_t len, long *id);
/* The same in parts, for many: the hash first, then, some other work later, the
 * string: by then its slot is in the processor's cache. */
uint64_t keymap_hash(const char *s, size_t len);
void keymap_expect(const struct keymap *m, uint64_t hash);
int keymap_add_hashed(
    struct keymap *m, uint64_t hash, size_t off, size_t len, long *id);
const char *keymap_get(const struct keymap *m, long id, size_t *len);

#endif
