/* SPDX-License-Identifier: ISC */
#include "relayd/windows.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "relayd/windows_in.h"

#define ROOM_FIRST 1024 /* windows */

_Static_assert(sizeof(struct window) == 80, "a window grew");

void
windows_init(struct windows *ws)
{
	memset(ws, 0, sizeof *ws);
	ws->free = WINDOWS_NONE;
	randombytes_buf(ws->key, sizeof ws->key);
}

void
windows_free(struct windows *ws)
{
	free(ws->all);
	free(ws->heap);
	free(ws->pair);
	free(ws->by_ip);
	free(ws->by_mailbox);
	windows_init(ws);
}

void
windows_pad(char out[ADDR_MAILBOX_MAX], const char *mailbox)
{
	size_t len = strnlen(mailbox, ADDR_MAILBOX_MAX);

	memset(out, 0, ADDR_MAILBOX_MAX);
	memcpy(out, mailbox, len);
}

uint32_t
windows_bucket(const struct windows *ws, const struct ip *ip, const char *mailbox)
{
	unsigned char in[16 + ADDR_MAILBOX_MAX], out[8];
	size_t len = 0;
	uint32_t h;

	if (ip) {
		memcpy(in, ip->b, 16);
		len = 16;
	}
	if (mailbox) {
		memcpy(in + len, mailbox, ADDR_MAILBOX_MAX);
		len += ADDR_MAILBOX_MAX;
	}
	crypto_shorthash(out, in, len, ws->key);
	memcpy(&h, out, sizeof h);
	return h & (ws->buckets - 1);
}

static void
link_window(struct windows *ws, uint32_t i)
{
	struct window *w = &ws->all[i];
	uint32_t *head = &ws->pair[windows_bucket(ws, &w->ip, w->mailbox)];

	w->pair_next = *head;
	*head = i;
	head = &ws->by_mailbox[windows_bucket(ws, NULL, w->mailbox)];
	w->mailbox_next = *head;
	*head = i;
}

static void
link_ip(struct windows *ws, uint32_t i)
{
	struct window *w = &ws->all[i];
	uint32_t *head = &ws->by_ip[windows_bucket(ws, &w->ip, NULL)];

	w->ip_prev = WINDOWS_NONE;
	w->ip_next = *head;
	if (*head != WINDOWS_NONE)
		ws->all[*head].ip_prev = i;
	*head = i;
}

static void
unlink_ip(struct windows *ws, uint32_t i)
{
	struct window *w = &ws->all[i];

	if (w->ip_prev != WINDOWS_NONE)
		ws->all[w->ip_prev].ip_next = w->ip_next;
	else
		ws->by_ip[windows_bucket(ws, &w->ip, NULL)] = w->ip_next;
	if (w->ip_next != WINDOWS_NONE)
		ws->all[w->ip_next].ip_prev = w->ip_prev;
}

static void
unlink_window(struct windows *ws, uint32_t i)
{
	struct window *w = &ws->all[i];
	uint32_t *p = &ws->pair[windows_bucket(ws, &w->ip, w->mailbox)];

	while (*p != i)
		p = &ws->all[*p].pair_next;
	*p = w->pair_next;
	p = &ws->by_mailbox[windows_bucket(ws, NULL, w->mailbox)];
	while (*p != i)
		p = &ws->all[*p].mailbox_next;
	*p = w->mailbox_next;
}

static int
grow_array(void *array, size_t n, size_t size)
{
	void **p = array, *bigger = realloc(*p, n * size);

	if (!bigger)
		return -1;
	*p = bigger;
	return 0;
}

/* Room for one more, and buckets for all: half as many as there is room. */
static int
grow(struct windows *ws)
{
	uint32_t room = ws->room ? ws->room * 2 : ROOM_FIRST, i, j, *at;

	if (ws->used < ws->room || ws->free != WINDOWS_NONE)
		return 0;
	if (grow_array(&ws->all, room, sizeof *ws->all) == -1 ||
	    grow_array(&ws->heap, room, sizeof *ws->heap) == -1 ||
	    grow_array(&ws->pair, room / 2, sizeof *ws->pair) == -1 ||
	    grow_array(&ws->by_ip, room / 2, sizeof *ws->by_ip) == -1 ||
	    grow_array(&ws->by_mailbox, room / 2, sizeof *at) == -1)
		return -1;
	/* the order of addresses' chains is by renewal: keep it */
	at = malloc((ws->n + 1) * sizeof *at);
	if (!at)
		return -1;
	for (i = j = 0; i < ws->buckets; i++) {
		uint32_t w = ws->by_ip[i];

		for (; w != WINDOWS_NONE; w = ws->all[w].ip_next)
			at[j++] = w;
	}
	ws->room = room;
	ws->buckets = room / 2;
	memset(ws->pair, 0xff, ws->buckets * sizeof *ws->pair);
	memset(ws->by_ip, 0xff, ws->buckets * sizeof *ws->by_ip);
	memset(ws->by_mailbox, 0xff, ws->buckets * sizeof *ws->by_mailbox);
	while (j) {
		link_ip(ws, at[--j]);
		link_window(ws, at[j]);
	}
	free(at);
	return 0;
}

static struct window *
find_padded(const struct windows *ws, const struct ip *ip, const char *mailbox)
{
	uint32_t i;

	if (!ws->buckets)
		return NULL;
	i = ws->pair[windows_bucket(ws, ip, mailbox)];
	for (; i != WINDOWS_NONE; i = ws->all[i].pair_next)
		if (ip_equal(&ws->all[i].ip, ip) &&
		    !memcmp(ws->all[i].mailbox, mailbox, ADDR_MAILBOX_MAX))
			return &ws->all[i];
	return NULL;
}

struct window *
windows_find(const struct windows *ws, const struct ip *ip,
    const char *mailbox)
{
	char padded[ADDR_MAILBOX_MAX];

	windows_pad(padded, mailbox);
	return find_padded(ws, ip, padded);
}

static struct window *
fresh_window(struct windows *ws)
{
	uint32_t i = ws->free;

	if (i != WINDOWS_NONE)
		ws->free = ws->all[i].pair_next;
	else
		i = ws->used++;
	memset(&ws->all[i], 0, sizeof ws->all[i]);
	return &ws->all[i];
}

struct window *
windows_open(struct windows *ws, const struct ip *ip, const char *mailbox,
    uint32_t now, uint32_t expires, bool *fresh)
{
	struct window *w = windows_find(ws, ip, mailbox);
	uint32_t i;

	*fresh = !w;
	if (w) {
		i = (uint32_t)(w - ws->all);
		unlink_ip(ws, i);
		link_ip(ws, i);
	} else {
		if (grow(ws) == -1)
			return NULL;
		w = fresh_window(ws);
		i = (uint32_t)(w - ws->all);
		w->ip = *ip;
		windows_pad(w->mailbox, mailbox);
		link_window(ws, i);
		link_ip(ws, i);
	}
	w->expires = expires;
	w->renewed = now;
	if (*fresh)
		windows_heap_add(ws, i);
	else
		windows_heap_mend(ws, i);
	return w;
}

void
windows_close(struct windows *ws, struct window *w)
{
	uint32_t i = (uint32_t)(w - ws->all);

	unlink_ip(ws, i);
	unlink_window(ws, i);
	windows_heap_remove(ws, i);
	w->mailbox[0] = 0;
	w->pair_next = ws->free;
	ws->free = i;
}
