/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_DOMAINS_H
#define QUEUE_DOMAINS_H

/* Which recipients are ours, by cdb/public/aliases.cdb. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/sa.h"
#include "lib/table.h"

/* For the main loop.  1: deliver-local's (a mailbox name, or an address at one
 * of our domains); 0: foreign; -1: cannot tell. */
int domains_is_local(const char *address);
/* Are they one address?  The case of a local part means nothing here, and
 * something perhaps elsewhere. */
bool domains_same(const char *a, const char *b);
/* ... by a thread's own table, NULL: the main loop's. */
bool domains_same_in(struct table *t, const char *a, const char *b);
/* How many of NUL-ended addresses are foreign, through a table of the caller's
 * own (threads): *foreign.  0, or -1: cannot tell. */
int domains_count(struct table *t, const char *list, size_t len,
    uint32_t *foreign);
/* domains_count with the main loop's table. */
int domains_count_here(const char *list, size_t len, uint32_t *foreign);
/* Where mail for the postmaster goes: a mailbox or an address.  0 or -1. */
int domains_postmaster(stralloc *out);

#endif
