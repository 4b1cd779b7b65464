/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_COUNT_H
#define QUEUE_COUNT_H

/* The end of a round: attempts, lifetime, the next time, the answers. */
#include "queue/active.h"

void count_round(struct active *a);
/* The sender is to be told of the delay now. */
bool count_notice_due(const struct active *a);
/* A target that is not tried any more fails for good. */
void count_give_up(struct active *a, uint32_t target, const char *status,
    const char *why);

#endif
