/* SPDX-License-Identifier: ISC */
#ifndef POP3D_MAILLIST_SORT_H
#define POP3D_MAILLIST_SORT_H

/* The order of a maillist; for its two modules. */
#include "pop3d/maillist.h"

/* The time in a base name, and a little of what follows. */
uint64_t maillist_key(const char *name, size_t len);
/* By time, then by base name: below, at or above 0. */
int maillist_compare(const struct maillist *la, const struct mail *a,
    const struct maillist *lb, const struct mail *b);
/* realloc that ends the program when there is no memory. */
void *maillist_grow(void *p, size_t size);

#endif
