/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_RECIPIENTS_H
#define QUEUE_RECIPIENTS_H

/* The recipients that a caller names. */
#include <stdint.h>
#include "lib/sa.h"
#include "lib/table.h"

/* How many NUL-ended addresses are in list: *n.  NULL, or a status and what is
 * wrong. */
const char *recipients_check(const stralloc *list, uint32_t *n);
/* Leaves each of the *n NUL-ended addresses of list once, in their order; two are
 * one as domains_same says.  t: aliases.cdb of the thread, NULL in the main loop. */
void recipients_once(stralloc *list, uint32_t *n, struct table *t);

#endif
