/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_WINDOWS_H
#define RELAYD_WINDOWS_H

/* The open windows, in memory: found by address and mailbox, by address alone
 * and by mailbox alone, and in the order they end.
 *
 * Times are seconds of CLOCK_BOOTTIME, given by the caller; addresses come
 * masked (IPv6 /64).  80 bytes a window, 4 of the heap, 6 to 12 of hash tables.  A window
 * found is valid until the next windows_open or windows_close. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/addr.h"
#include "lib/ip.h"

#define WINDOWS_NONE UINT32_MAX

struct window {
	struct ip ip;
	char mailbox[ADDR_MAILBOX_MAX]; /* zero-padded, not NUL-ended at 32 */
	uint32_t expires, renewed;      /* seconds */
	uint32_t logged;                /* seconds: its last log line */
	uint32_t heap;                  /* its place in the heap */
	uint32_t pair_next;             /* indices into the array: hash chains */
	uint32_t mailbox_next;
	uint32_t ip_next, ip_prev; /* renewed last comes first */
};
struct windows {
	struct window *all;
	uint32_t *heap; /* indices, the first to end on top */
	uint32_t *pair, *by_ip, *by_mailbox; /* buckets: indices */
	uint32_t n, room, used; /* used: slots ever taken; the rest is unborn */
	uint32_t buckets, free; /* free: chain through pair_next */
	unsigned char key[16];  /* of the hash */
};

void windows_init(struct windows *ws);
void windows_free(struct windows *ws);
/* Opens or renews.  *fresh: it was not open. NULL: no memory. */
struct window *windows_open(struct windows *ws, const struct ip *ip,
    const char *mailbox, uint32_t now, uint32_t expires, bool *fresh);
void windows_close(struct windows *ws, struct window *w);
struct window *windows_find(const struct windows *ws, const struct ip *ip,
    const char *mailbox);
/* Of an address, renewed last first; of a mailbox.  NULL at the end. */
struct window *windows_of_ip(const struct windows *ws, const struct ip *ip);
struct window *windows_next_of_ip(const struct windows *ws,
    const struct window *w);
struct window *windows_of_mailbox(const struct windows *ws,
    const char *mailbox);
struct window *windows_next_of_mailbox(const struct windows *ws,
    const struct window *w);
/* The one that ends first, or NULL. */
struct window *windows_first(const struct windows *ws);
/* Window number i of those in heap order (i < n), for lists and journals. */
const struct window *windows_at(const struct windows *ws, uint32_t i);
/* A slot, open or not (i < used): stable while others come and go. */
const struct window *windows_slot(const struct windows *ws, uint32_t i);
/* Its mailbox as a string. */
void windows_mailbox(char out[ADDR_MAILBOX_MAX + 1], const struct window *w);

#endif
