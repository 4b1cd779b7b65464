/* SPDX-License-Identifier: ISC */
#include <string.h>
#include "relayd/windows_in.h"

static struct window *
first_match(const struct windows *ws, uint32_t i, const struct ip *ip,
    const char *mailbox)
{
	struct window *w;

	while (i != WINDOWS_NONE) {
		w = &ws->all[i];
		if (ip ? ip_equal(&w->ip, ip) :
		    !memcmp(w->mailbox, mailbox, ADDR_MAILBOX_MAX))
			return w;
		i = ip ? w->ip_next : w->mailbox_next;
	}
	return NULL;
}

struct window *
windows_of_ip(const struct windows *ws, const struct ip *ip)
{
	if (!ws->buckets)
		return NULL;
	return first_match(ws, ws->by_ip[windows_bucket(ws, ip, NULL)], ip, NULL);
}

struct window *
windows_next_of_ip(const struct windows *ws, const struct window *w)
{
	return first_match(ws, w->ip_next, &w->ip, NULL);
}

struct window *
windows_of_mailbox(const struct windows *ws, const char *mailbox)
{
	char padded[ADDR_MAILBOX_MAX];

	if (!ws->buckets)
		return NULL;
	windows_pad(padded, mailbox);
	return first_match(ws, ws->by_mailbox[windows_bucket(ws, NULL, padded)], NULL,
	    padded);
}

struct window *
windows_next_of_mailbox(const struct windows *ws, const struct window *w)
{
	return first_match(ws, w->mailbox_next, NULL, w->mailbox);
}

void
windows_mailbox(char out[ADDR_MAILBOX_MAX + 1], const struct window *w)
{
	memcpy(out, w->mailbox, ADDR_MAILBOX_MAX);
	out[ADDR_MAILBOX_MAX] = 0;
}

struct window *
windows_first(const struct windows *ws)
{
	return ws->n ? &ws->all[ws->heap[0]] : NULL;
}

const struct window *
windows_at(const struct windows *ws, uint32_t i)
{
	return &ws->all[ws->heap[i]];
}

const struct window *
windows_slot(const struct windows *ws, uint32_t i)
{
	return ws->all[i].mailbox[0] ? &ws->all[i] : NULL;
}
