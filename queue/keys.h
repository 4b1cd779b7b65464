/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_KEYS_H
#define QUEUE_KEYS_H

/* Where remote mail goes: a key is a way (a smarthost, a route, a domain) with
 * its concurrency, its backoff and the groups of targets that wait for it.
 *
 * Lanes take turns under a key, and for the connections (lanes.h). */
#include "queue/active.h"
#include "queue/lanes.h"

#define KEY_LIMIT_MAX     20     /* jobs at once under a key */
#define KEY_WAITING_MAX   200    /* groups in memory; more are parked */
#define KEY_REST_DOUBLINGS 6     /* a rest begins at half of etc/retry, doubles */
#define KEY_SPREAD_MS     10000  /* after a rest mail comes back within that and
                                  * a quarter of what was left of it */
#define KEY_SURE_FREE     4      /* connections that keys in doubt leave free */
#define KEY_REST_ASKED_MAX 3600  /* seconds that a place itself may ask for */
#define KEYS_MAX          20000  /* remembered; idle ones are forgotten first */
#define KEY_TEXT_MAX      200
#define KEY_QUICK_MS      50     /* a job; longer, and nobody waits for it */

struct group { /* targets of one message, sender, expansion under one key */
	struct group *next;     /* in its flow */
	struct group *sibling;  /* of the same message */
	struct active *a;
	struct key *key;
	const char *sender; /* as of its targets */
	struct lane *lane;
	const struct passing *passing;
	bool waiting;       /* in a flow, not with a worker */
	struct target_list targets;
};
struct flow { /* of one lane */
	struct flow *next;
	struct lane *lane;
	struct group *first, **last;
};
struct key {
	struct key *chain;
	struct lane *lane; /* it can go on, and stands there; or NULL */
	struct key *lane_next, **lane_at;
	struct lane *turn; /* whose turn it is under it, or NULL */
	struct flow *flows, **flows_last; /* ring: the first is next */
	uint64_t resting; /* until */
	uint64_t used;
	unsigned rests; /* one after another */
	bool works;     /* some job went well */
	unsigned limit, busy, waiting, parked;
	unsigned job_ms; /* that a job of late took */
	char text[KEY_TEXT_MAX]; /* why it rests */
	char name[];
};
struct key *key_find(const char *name); /* made where missing */
/* The target (phase ROUTE) waits under the key from now on, or, when it rests
 * or has too many waiting, is answered for at once. */
void key_push(struct key *k, struct active *a, uint32_t target);
/* The group whose turn it is, out of its flow; NULL: none waits. */
struct group *key_take(struct key *k);
/* A group with targets left goes to the end of its sender's line. */
void key_return(struct group *g);
void key_group_free(struct group *g);
/* What waits of a message does not any more: parked. */
void key_cancel(struct active *a);
/* A fault of our own: all that waits is answered for. */
void key_defer_all(const char *why);
/* A key with groups waiting and jobs to spare, in turn, when so many connections
 * are free, and so many of them for keys in doubt (where there are none, a lane
 * without a connection may have one, to a place that was never in trouble); NULL:
 * none. */
struct key *key_next_ready(unsigned nfree, unsigned ndoubt);
/* It was in trouble last, or never took mail yet: nobody knows how long a
 * connection to it lasts. */
bool key_in_doubt(const struct key *k);
void key_ready(struct key *k);
/* Jobs went well and quickly of late, and another one could begin at once. */
bool key_quick(const struct key *k);
/* A job took so long. */
void key_took(struct key *k, uint64_t ms);
/* What a job showed: it went well; it failed, seconds the place asks for. */
void key_good(struct key *k);
void key_bad(struct key *k, uint64_t seconds, const char *text);
/* It rests, so the target is not tried. */
void key_untried(struct key *k, struct active *a, uint32_t target);

#endif
