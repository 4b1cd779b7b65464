/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_RELAY_H
#define RELAYD_RELAY_H

/* What relayd decides, without its sockets.
 *
 * Each relay_ function takes a scanned request and fills in the answer.  The
 * order of a check: a token of AUTH that is void is told; a "deny" of etc/nets
 * beats everything but AUTH; then an allowed network, RELAYCLIENT, the token of
 * AUTH, a window.  No table that can be read, or no memory: 'T', never a yes. */
#include <stdbool.h>
#include <stdint.h>
#include "lib/table.h"
#include "relayd/budgets.h"
#include "relayd/journal.h"
#include "relayd/relayd_proto.h"
#include "relayd/seal.h"
#include "relayd/settings.h"
#include "relayd/windows.h"

#define RELAY_LOG_SECONDS 60 /* between two "renewed" lines of a window */
#define RELAY_DENIED_MAX  20 /* "denied" lines a second; the rest is counted */
/* The budget that everybody with RELAYCLIENT shares, besides their address's. */
#define RELAY_SHARED_BUDGET ":relayclient"

struct relay_counts {
	uint64_t opened, renewed, closed; /* windows */
	uint64_t checks, denied, redeemed, over_budget, refused;
};
struct relay {
	struct settings settings;
	struct windows windows;
	struct budgets budgets;
	struct seal seal;
	struct journal journal;
	struct journal_clock clock;
	struct table nets;
	struct relay_counts counts;
	uint64_t now_ms;    /* CLOCK_BOOTTIME */
	uint64_t denied_ms; /* the second of denied_lines */
	unsigned denied_lines;
	uint64_t full_ms; /* when it last said that there are too many windows */
	uint64_t nets_ms; /* ... that the networks cannot be read */
};

/* Reads the settings and the journal; boot_id as journal_boot_id gave it. */
void relay_init(struct relay *r,
    const unsigned char boot_id[JOURNAL_BOOT_SIZE]);
void relay_free(struct relay *r);
/* The time now: ends what is over, looks at the settings and the journal. */
void relay_tick(struct relay *r, uint64_t now_ms, uint64_t wall_s);
/* Milliseconds until a tick has something to do, or -1. */
int relay_wait_ms(const struct relay *r);

void relay_check(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an);
void relay_owns(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an);
/* seconds 0: as etc/window says. */
void relay_open(struct relay *r, const struct ip *ip, const char *mailbox,
    uint64_t seconds, struct relayd_answer *an);
void relay_auth(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an);
/* ip NULL: every address; mailbox "": every mailbox of the address. */
void relay_close(struct relay *r, const struct ip *ip, const char *mailbox,
    struct relayd_answer *an);
void relay_redeem(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an);
/* What a check would say, without a grant and without a count. */
void relay_query(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an);

/* relay_budget.c's, for relay.c */
/* Whose budgets a yes is charged to: the address's, and another or none. */
struct relay_charge {
	struct budget_key keys[2];
	const char *names[2]; /* for the log */
	int n;
};
void relay_charge_of(struct relay_charge *c, enum relayd_kind kind,
    const struct ip *masked, const char *mailbox);
/* Recipients that all its budgets allow; used: the one that allows least. */
uint64_t relay_charge_left(struct relay *r, const struct relay_charge *c,
    int *used);
void relay_say_over(struct relay *r, const struct relay_charge *c, int used,
    const struct ip *masked, const char *mailbox);
void relay_no(struct relayd_answer *an, char op, const char *reason);

/* relay_windows.c's, for relay.c and relay_life.c */
struct ip relay_mask(const struct relay *r, const struct ip *ip);
uint32_t relay_now_s(const struct relay *r);
void relay_expire(struct relay *r);
void relay_restore_window(void *arg, const struct ip *ip, const char *mailbox,
    uint32_t left);
void relay_close_all(void *arg);

#endif
