/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_FILTER_H
#define SMTPD_FILTER_H

/* A QMAILQUEUE program: the message on its descriptor 0, the envelope ("F"
 * sender NUL, "T" recipient NUL each, NUL) on 1, its answer the exit code. */
#include <sys/types.h>
#include "queue/queue.h"

#define FILTER_SECONDS 300 /* a write; from the last one to its exit */

struct filter {
	pid_t pid;
	int message, envelope; /* our ends of the pipes */
	int failed;            /* it reads no more: its exit code says why */
};
/* Starts the program, with the grant for relaying in its environment, where
 * queue-inject finds it.  0, or -1. */
int filter_open(struct filter *f, const char *program, const char *grant);
int filter_write(struct filter *f, const char *data, size_t len);
void filter_commit(struct filter *f, const struct queue_envelope *env,
    struct queue_answer *answer);
void filter_abort(struct filter *f);

#endif
