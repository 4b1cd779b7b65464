/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_ACTIVE_APPLY_H
#define QUEUE_ACTIVE_APPLY_H

/* How journal records become targets, for active.c and active_write.c. */
#include "queue/active.h"

void active_room(struct active *a, uint32_t more);
void active_add(struct active *a, uint32_t parent, const char *address,
    const char *sender, char status, uint64_t status_at);
/* Applies the whole records of a journal read from the file and sets where it
 * ends; what the file says of the past in pieces becomes one state. */
void active_replay(struct active *a, const char *journal, size_t len);
/* Keeps bytes of records in memory. */
const char *active_keep(struct active *a, const char *bytes, size_t len);
/* One record, its body in kept memory, at: of its body in the file. */
int active_apply(struct active *a, const struct journal_record *r, uint64_t at);
void answer_release(struct answer *x);

#endif
