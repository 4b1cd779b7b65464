/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_CONTROL_READ_H
#define QUEUE_CONTROL_READ_H

/* A chunk of messages for control: read, filtered and put into packets by a
 * thread. */
#include "queue/control.h"
#include "queue/messages.h"
#include "queue/pool.h"
#include "lib/sa.h"

struct control_session;
struct control_chunk {
	struct job job;
	struct control_session *s; /* NULL: it ended */
	struct control_request q;  /* ids not used */
	unsigned n;
	bool last; /* nothing is left */
	struct control_message m[CONTROL_CHUNK]; /* id, state, times filled in */
	bool fits[CONTROL_CHUNK]; /* out: it is one of those asked for */
	stralloc packets; /* out: each with its length (4 bytes) in front */
};
void control_read(struct job *j);
/* What memory alone tells of a message. */
void control_describe(struct control_message *c, const struct message *m);
/* May the message fit, as far as memory tells? */
bool control_may_fit(const struct control_request *q,
    const struct control_message *c);

#endif
