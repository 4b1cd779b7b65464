/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_RELAY_LINK_H
#define AUTHD_RELAY_LINK_H

/* The one connection to relayd's open socket, kept and reopened, never waited
 * for: questions go out, answers come back in their order, and whoever has
 * waited LINK_TIMEOUT_MS hears "cannot". */
#include <stdbool.h>
#include <stdint.h>
#include "authd/job.h"
#include "lib/conns.h"

#define LINK_TIMEOUT_MS 4000
/* Questions on their way: as many answers fit into a socket, which relayd would
 * close otherwise (lib/conns.h). */
#define LINK_SENT_MAX 128
#define LINK_WAITING_MAX (JOBS_MAX + 64) /* questions without an answer */

struct link_question {
	struct job *job; /* NULL: nobody waits for the answer */
	char op;         /* 'O', 'A', 'X' */
	uint64_t asked_ms;
};
struct relay_link {
	struct conns *conns;
	int fd;
	struct link_question waiting[LINK_WAITING_MAX]; /* a ring */
	unsigned first, n;
	unsigned sent; /* the first so many */
	/* The answer: token (of 'A') or "", or NULL with why not; gone: the
	 * connection broke, another try may help. */
	void (*answered)(void *arg, struct job *job, const char *token,
	    const char *why, bool gone);
	void *arg;
};
void link_init(struct relay_link *l, struct conns *conns,
    void (*answered)(void *arg, struct job *job, const char *token,
	const char *why, bool gone),
    void *arg);
/* Asks for a job: 'O' or 'A' of its mailbox and address.  0, or -1: *why. */
int link_ask(struct relay_link *l, struct job *job, char op, uint64_t now_ms,
    const char **why);
/* Ends the windows of a mailbox; nobody waits for it, and with LINK_SENT_MAX
 * questions on their way it is not asked. */
void link_close_windows(struct relay_link *l, const char *mailbox,
    uint64_t now_ms);
/* Gives up what has waited too long. */
void link_tick(struct relay_link *l, uint64_t now_ms);
/* When link_tick is next wanted; UINT64_MAX: nothing waits. */
uint64_t link_due_ms(const struct relay_link *l);

#endif
