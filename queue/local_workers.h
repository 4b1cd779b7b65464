/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LOCAL_WORKERS_H
#define QUEUE_LOCAL_WORKERS_H

/* The connections of local.c to deliver-local, and which one a job goes to. */
#include "queue/local.h"
#include "queue/loop.h"

struct slot {
	struct active *a; /* NULL: free */
	uint32_t target;
	bool unnamed; /* asked for by 'C': 'H' may come */
};
struct worker {
	struct loop_fd lf; /* fd -1: not connected */
	struct slot slots[LOCAL_WINDOW];
	unsigned char number;
	unsigned busy;
	bool full; /* the socket takes no more for now */
	uint64_t heard;
};
/* Looks after them; once a turn, before all others here. */
void workers_check(void);
/* For the next target of a message; NULL: none has room. */
struct worker *workers_choose(const struct active *a);
/* Has w room, and is as good as any for this target?  Not SPOOL_NO_TARGET. */
bool workers_suits(const struct worker *w, const struct active *a, uint32_t t);
/* A target is to be delivered; else renamed or linked, and needs no message. */
bool workers_is_delivery(const struct active *a, uint32_t t);
void workers_free(struct worker *w, struct slot *s);
/* Its connection is of no use: what it had waits again. */
void workers_lost(struct worker *w);
/* There is no connection, and none could be made; for LOCAL_PATIENCE_MS. */
bool workers_down(void);
bool workers_given_up(void);
/* local.c: there are answers, or room. */
void workers_ready(struct loop_fd *f, uint32_t ready);

#endif
