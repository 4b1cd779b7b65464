/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SESSION_H
#define QUEUE_SESSION_H

/* Connections of run/queue/smtp and inject: one message at a time each. */
#include <stdbool.h>
#include "lib/service.h"
#include "queue/loop.h"
#include "queue/queue_proto.h"

#define SESSIONS_MAX        2000 /* connections */
#define SESSIONS_INJECT_MAX 1000 /* ... on inject, for who is not root */
#define SESSIONS_UID_MAX    100  /* ... of one uid there */
#define SESSIONS_SAID_MS    60000 /* between lines about the limits */

struct intake;
struct session {
	struct loop_fd lf;
	struct session *next, **at; /* of all of this kind */
	uid_t uid;
	bool inject;
	bool busy;         /* waits for an answer: reads nothing */
	struct intake *in; /* being answered, or a file being written */
};
/* Serves the listeners 0 (smtp) and 1 (inject) of the service. */
int session_listen(struct service *sv);
/* The answer to what it waits for; fd -1: none goes with it. */
void session_answer(struct session *s, const struct queue_answer *answer,
    int fd);

#endif
