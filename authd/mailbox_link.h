/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_MAILBOX_LINK_H
#define AUTHD_MAILBOX_LINK_H

/* The one connection to mailboxd, kept and reopened, never waited for: a login
 * goes out with the connection of who logged in (authd.h: 'L').  What mailboxd
 * does not take at once waits here, MAILBOX_LINK_MS without a step at most. */
#include <stdbool.h>
#include <stdint.h>
#include "authd/job.h"
#include "lib/conns.h"

#define MAILBOX_LINK_MS 4000

struct mailbox_link {
	struct conns *conns;
	int fd;                         /* -1: not connected */
	struct job *waiting[JOBS_MAX];  /* a ring */
	unsigned first, n;
	uint64_t moved_ms; /* the last step of those that wait */
	/* why: NULL: it is mailboxd's; else why not. */
	void (*given)(void *arg, struct job *job, const char *why);
	void *arg;
};
void mailbox_link_init(struct mailbox_link *l, struct conns *conns,
    void (*given)(void *arg, struct job *job, const char *why), void *arg);
/* Calls given, now or later.  Of a job whose caller is gone nothing is sent. */
void mailbox_link_give(struct mailbox_link *l, struct job *job);
/* Gives up what has waited too long. */
void mailbox_link_tick(struct mailbox_link *l);
/* When that is next wanted; UINT64_MAX: nothing waits. */
uint64_t mailbox_link_due_ms(const struct mailbox_link *l);

#endif
