/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_BUDGET_H
#define QUEUE_BUDGET_H

/* How many recipients an hour a local uid may inject; root is exempt. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define BUDGET_UIDS       1024 /* remembered; the one idle longest yields */

void budget_read(void);
/* Can it ever spend n? */
bool budget_suffices(uid_t uid, uint64_t n);
/* Spends n, or nothing: false, over budget. */
bool budget_spend(uid_t uid, uint64_t n, uint64_t now_ms);

#endif
