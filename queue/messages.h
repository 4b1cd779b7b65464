/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_MESSAGES_H
#define QUEUE_MESSAGES_H

/* Every message of the queue, as little of it as the schedule needs (about 130
 * bytes); the rest is in its spool file. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "queue/queue.h"

struct active;
struct message {
	char id[QUEUE_ID_MAX];
	struct message *chain;  /* of the hash table */
	struct active *active;  /* its targets, while they are worked on */
	uint64_t next;          /* loop_now time of the next try */
	uint64_t accepted;      /* wall seconds */
	uint64_t size;          /* of the message */
	uint32_t heap_at;       /* place in its heap, MESSAGE_NO_HEAP */
	uint32_t age;           /* seconds of lifetime used up */
	uint32_t last;          /* loop_now seconds when age was counted */
	uint16_t attempts;
	bool fresh;     /* never tried: of the heap that goes first */
	bool held;
	bool due;       /* a failed target waits for its bounce */
	bool noticed;   /* the delay notice was sent */
	bool loading;   /* a thread reads it */
	bool parked;    /* put back before its turn: counts as fresh */
	bool untried;   /* its way rested: neither fresh nor an attempt */
	bool trusted;   /* this process wrote, or synced, what its file says */
	bool forced;    /* queuectl retry: no backoff holds it up */
	char wish;      /* of queuectl, for a busy one: 'd' drop, 'b' bounce */
};
#define MESSAGE_NO_HEAP UINT32_MAX

/* A new one, in the table and in no heap; NULL: that id is there already. */
struct message *message_new(const char *id);
struct message *message_find(const char *id);
void message_free(struct message *m);
unsigned long message_count(void);
/* Sets when it is due next and puts it into its heap (or out: message_rest). */
void message_due(struct message *m, uint64_t next);
void message_rest(struct message *m);
/* The one due first of the fresh or of the others, or NULL. */
struct message *message_first(bool fresh);
/* A walk over all that survives changes: *at starts at 0; NULL at the end.  One
 * call gives one chain; go on by ->chain. */
struct message *message_walk(unsigned long *at);

#endif
