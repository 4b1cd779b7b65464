/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_SINK_H
#define SMTPD_SINK_H

/* Where a message goes: to queued, or, under a UCSPI server whose environment
 * names one, through a QMAILQUEUE program. */
#include "queue/queue.h"
#include "smtpd/filter.h"
#include "smtpd/session.h"

struct sink {
	struct queue_envelope env;
	struct queue_message *message; /* queued's */
	struct filter filter;
	bool open;
	bool refused; /* queued wants none of it: sink_commit says why */
};
/* For s->t, before 354.  0, or -1: nobody takes it now. */
int sink_open(struct sink *k, struct session *s);
/* 0, or -1: it is over; sink_commit says why. */
int sink_write(struct sink *k, const char *data, size_t len);
/* Hands the message over and closes the sink. */
void sink_commit(
    struct sink *k, struct session *s, struct queue_answer *answer);
void sink_abort(struct sink *k, struct session *s);

#endif
