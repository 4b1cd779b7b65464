/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_WINDOWS_IN_H
#define RELAYD_WINDOWS_IN_H

/* Between windows.c, windows_walk.c and windows_heap.c. */
#include "relayd/windows.h"

void windows_pad(char out[ADDR_MAILBOX_MAX], const char *mailbox);
/* Which bucket: of ip (may be NULL) and a padded mailbox (may be NULL). */
uint32_t windows_bucket(const struct windows *ws, const struct ip *ip,
    const char *mailbox);
/* The order in which windows end: a binary heap of indices. */
void windows_heap_add(struct windows *ws, uint32_t i);
void windows_heap_remove(struct windows *ws, uint32_t i);
/* Its expiry changed. */
void windows_heap_mend(struct windows *ws, uint32_t i);

#endif
