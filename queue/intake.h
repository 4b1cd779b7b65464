/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_INTAKE_H
#define QUEUE_INTAKE_H

/* A message on its way in: checked, its foreign recipients redeemed, then
 * delivered at once (cut-through) or committed, then answered. */
#include "queue/active.h"
#include "queue/pool.h"
#include "queue/session.h"

#define INTAKE_INLINE_BYTES  262144 /* checked in the main loop; larger: thread */
#define INTAKE_INLINE_RCPTS  50
#define INTAKE_THREADS       3     /* for these */
#define CUT_RECIPIENTS_MAX   50
#define CUT_MAX              200   /* messages at once in cut-through */
#define CUT_TARGETS_MAX      2000  /* their recipients: a descriptor each */
#define CUT_MS               3000  /* then it goes to the spool */
#define CUT_REMOTE_MAX       10    /* recipients, all elsewhere */
#define CUT_REMOTE_MS        250

struct intake {
	struct job job;
	struct session *s; /* NULL: it left */
	struct intake *next, **at; /* of those in cut-through */
	struct queue_request q;
	stralloc recipients;
	uint32_t nrcpt, foreign;
	uid_t uid;
	bool inject, eight;
	int list;        /* the memfd of the recipients, -1 */
	int body;        /* memfd, or our file, read only */
	int writer;      /* our file, for the caller */
	bool in_place, named;
	uint64_t size;
	uint64_t most;   /* bytes that it may have in a memfd */
	size_t front;    /* bytes before the message, in our file */
	uint64_t accepted;
	uint64_t started, asked; /* redeem.c */
	unsigned tries;          /* redeem.c: questions to relayd */
	char id[QUEUE_ID_MAX];
	struct queue_answer answer; /* result not ACCEPTED: refused */
};
/* Starts the threads, reads the settings.  0 or -1. */
int intake_start(void);
/* Reads the settings again. */
void intake_read(void);
/* M or F; the descriptors become its own. */
void intake_begin(struct session *s, const struct queue_request *q,
    const int *fds, int nfds);
/* C: the file of the session is written. */
void intake_commit_file(struct session *s, uint64_t size);
/* The session ended. */
void intake_left(struct intake *in);
/* It passed its checks. */
void intake_into_queue(struct intake *in);
/* Answers and frees it. */
void intake_finish(struct intake *in);
/* Of cut-through, from settle.c: to the spool with it; all is delivered. */
void intake_commit(struct active *a);
void intake_delivered(struct active *a);
/* Sends what takes too long to the spool; now and then. */
void intake_tick(void);
/* Messages in cut-through now. */
unsigned intake_cutting(void);

#endif
