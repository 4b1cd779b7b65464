/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_BUDGETS_H
#define RELAYD_BUDGETS_H

/* Recipients of the last hour, by address and by mailbox.
 *
 * The hour slides in steps of BUDGETS_STEP seconds: what was spent counts for
 * an hour and at most one step more, so never more than the budget goes out in
 * any hour.  Times are seconds of CLOCK_BOOTTIME.  At most BUDGETS_MAX keys;
 * those with nothing spent in the last hour make room. */
#include <stdbool.h>
#include <stdint.h>
#include "lib/addr.h"
#include "lib/ip.h"

#define BUDGETS_STEP  300 /* seconds */
#define BUDGETS_STEPS 13  /* an hour, and the step that is running */
#define BUDGETS_MAX   400000 /* keys: 96 bytes each, taken as they come */

struct budget_key {
	char b[ADDR_MAILBOX_MAX]; /* a mailbox zero-padded; 1 and 16 bytes of ip */
};
struct budget {
	struct budget_key key;
	uint32_t spent[BUDGETS_STEPS]; /* a ring: step number % BUDGETS_STEPS */
	uint32_t step;                 /* the newest in it */
	uint32_t logged; /* seconds: when it was last said to be used up; 0 */
	uint32_t next;
};
struct budgets {
	struct budget *all;
	uint32_t *heads;
	uint32_t n, room, buckets, hand;
	unsigned char hash_key[16];
};

struct budget_key budgets_key_ip(const struct ip *masked);
struct budget_key budgets_key_mailbox(const char *mailbox);

void budgets_init(struct budgets *bs);
void budgets_free(struct budgets *bs);
uint64_t budgets_spent(struct budgets *bs, const struct budget_key *key,
    uint32_t now);
/* Spends n, ago seconds before now (0 but for what a journal says).  0, or -1:
 * too many keys, or no memory. */
int budgets_spend(struct budgets *bs, const struct budget_key *key,
    uint32_t now, uint32_t ago, uint64_t n);
/* True once an hour for a key: say that it is used up. */
bool budgets_say(struct budgets *bs, const struct budget_key *key,
    uint32_t now);
/* Calls each for every step of every key in which something was spent. */
void budgets_each(struct budgets *bs, uint32_t now,
    void (*each)(void *arg, const struct budget_key *key, uint32_t ago,
	uint32_t n),
    void *arg);

#endif
