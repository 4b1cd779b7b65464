/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_REMOTE_WIRE_H
#define QUEUE_REMOTE_WIRE_H

/* queued's end of run/deliver/remote (deliver/deliver.h). */
#include "deliver/deliver.h"
#include "queue/active.h"

struct remote_answer {
	char op; /* P A E */
	uint64_t job, index, slow;
	char class; /* of P */
	char status[16];
	char host[DELIVER_HOST_MAX + 1];
	char account[DELIVER_ACCOUNT_MAX + 1]; /* of A */
	char text[DELIVER_TEXT_MAX + 1];
};
/* Sends D for these targets.  0 or -1. */
int remote_send(int conn, unsigned job, const struct active *a,
    const uint32_t *targets, unsigned n, int fd);
/* 1: an answer; 0: none now; -1: the connection is of no use any more. */
int remote_receive(struct remote_answer *x, int conn);
int remote_answer_scan(struct remote_answer *x, const char *packet,
    size_t len);

#endif
