/* SPDX-License-Identifier: ISC */
#include "cdb-tools/names.h"
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"

#define DISTANCE_MAX 320 /* bytes of a name that is compared */

void
names_init(struct names *n)
{
	*n = (struct names){ 0 };
	keymap_init(&n->map, &n->arena.s, 0);
}

void
names_free(struct names *n)
{
	keymap_free(&n->map);
	free(n->lines);
	sa_free(&n->arena);
	n->lines = NULL;
	n->room = 0;
}

int
names_add(
    struct names *n, const char *s, size_t len, unsigned long line, long *id)
{
	size_t off = n->arena.len;

	sa_catb(&n->arena, s, len);
	if (!keymap_add(&n->map, off, len, id)) {
		n->arena.len = off;
		return 0;
	}
	if ((size_t)*id >= n->room) {
		n->room = n->room ? n->room * 2 : 64;
		n->lines = realloc(n->lines, n->room * sizeof *n->lines);
		if (!n->lines)
			log_fatal(111, "out of memory");
	}
	n->lines[*id] = (uint32_t)line;
	return 1;
}

long
names_find(const struct names *n, const char *s, size_t len)
{
	return keymap_find(&n->map, s, len);
}

const char *
names_get(const struct names *n, long id, size_t *len)
{
	return keymap_get(&n->map, id, len);
}

unsigned long
names_line(const struct names *n, long id)
{
	return n->lines[id];
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

/* Optimal string alignment, three rows of the matrix. */
unsigned
names_distance(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned rows[3][DISTANCE_MAX + 1], *row, *one, *two, best;
	size_t i, j;

	if (alen > DISTANCE_MAX || blen > DISTANCE_MAX ||
	    alen + NAMES_FAR <= blen || blen + NAMES_FAR <= alen)
		return NAMES_FAR;
	for (j = 0; j <= blen; j++)
		rows[0][j] = (unsigned)j;
	for (i = 1; i <= alen; i++) {
		row = rows[i % 3];
		one = rows[(i + 2) % 3];
		two = rows[(i + 1) % 3];
		best = row[0] = (unsigned)i;
		for (j = 1; j <= blen; j++) {
			row[j] = min3(one[j] + 1, row[j - 1] + 1,
			    one[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && two[j - 2] + 1 < row[j])
				row[j] = two[j - 2] + 1;
			if (row[j] < best)
				best = row[j];
		}
		if (best >= NAMES_FAR)
			return NAMES_FAR;
	}
	return rows[alen % 3][blen] < NAMES_FAR ? rows[alen % 3][blen]
						: NAMES_FAR;
}

long
names_like(const struct keymap *m, const char *s, size_t len)
{
	unsigned d, best = NAMES_FAR;
	const char *name;
	long id, like = -1;
	size_t n;

	if (len < 2)
		return -1;
	for (id = 0; id < (long)m->n; id++) {
		name = keymap_get(m, id, &n);
		d = names_distance(s, len, name, n);
		/* two errors in three letters are another name */
		if (d < best && d * 2 < len) {
			best = d;
			like = id;
		}
	}
	return like;
}
