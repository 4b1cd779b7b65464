/* SPDX-License-Identifier: ISC */
#include "relayd/windows_in.h"

static uint32_t
ends(const struct windows *ws, uint32_t place)
{
	return ws->all[ws->heap[place]].expires;
}

static void
put(struct windows *ws, uint32_t place, uint32_t i)
{
	ws->heap[place] = i;
	ws->all[i].heap = place;
}

static void
swap(struct windows *ws, uint32_t a, uint32_t b)
{
	uint32_t i = ws->heap[a];

	put(ws, a, ws->heap[b]);
	put(ws, b, i);
}

static void
sift(struct windows *ws, uint32_t place)
{
	uint32_t child;

	while (place && ends(ws, place) < ends(ws, (place - 1) / 2)) {
		swap(ws, place, (place - 1) / 2);
		place = (place - 1) / 2;
	}
	for (;;) {
		child = place * 2 + 1;
		if (child >= ws->n)
			return;
		if (child + 1 < ws->n && ends(ws, child + 1) < ends(ws, child))
			child++;
		if (ends(ws, place) <= ends(ws, child))
			return;
		swap(ws, place, child);
		place = child;
	}
}

void
windows_heap_add(struct windows *ws, uint32_t i)
{
	put(ws, ws->n++, i);
	sift(ws, ws->n - 1);
}

void
windows_heap_remove(struct windows *ws, uint32_t i)
{
	uint32_t place = ws->all[i].heap;

	ws->n--;
	if (place == ws->n)
		return;
	put(ws, place, ws->heap[ws->n]);
	sift(ws, place);
}

void
windows_heap_mend(struct windows *ws, uint32_t i)
{
	sift(ws, ws->all[i].heap);
}
