/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_RECIPIENTS_H
#define QUEUE_RECIPIENTS_H

/* The recipients that a caller names. */
#include <stdint.h>
#include "lib/sa.h"
#include "lib/table.h"

/* Leaves each of the *n NUL-ended addresses of list once, in their order; two are
 * one as domains_same says.  t: aliases.cdb of the thread, NULL in the main loop. */
void recipients_once(stralloc *list, uint32_t *n, struct table *t);

#endif
