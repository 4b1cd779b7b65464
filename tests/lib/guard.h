/* SPDX-License-Identifier: ISC */
#ifndef TESTS_LIB_GUARD_H
#define TESTS_LIB_GUARD_H

/* A copy of len bytes whose end lies against an unreadable page: a parser that
 * reads one byte too far dies.  guard_free gives it back. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct guard {
	char *map;
	size_t maplen;
};

static inline char *
guard_copy(struct guard *g, const void *data, size_t len)
{
	size_t page = 4096, room = (len + page - 1) / page * page;
	char *p;

	g->maplen = room + page;
	g->map = mmap(NULL, g->maplen, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (g->map == MAP_FAILED)
		abort();
	if (mprotect(g->map + room, page, PROT_NONE) == -1)
		abort();
	p = g->map + room - len;
	if (len)
		memcpy(p, data, len);
	return p;
}

static inline void
guard_free(struct guard *g)
{
	munmap(g->map, g->maplen);
}

#endif
