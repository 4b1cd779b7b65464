/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_ACTIVE_H
#define QUEUE_ACTIVE_H

/* A message that is being worked on: its envelope and targets in memory, and
 * what is to be written back to its spool file. */
#include <stdbool.h>
#include <stdint.h>
#include "queue/journal.h"
#include "queue/messages.h"
#include "queue/spool.h"
#include "queue/spool_io.h"
#include "queue/target.h"

#define ACTIVE_JOURNAL_MAX (8UL << 20) /* bytes; beyond, answers of retries
                                        * are no longer recorded */
struct chunk { /* memory of journal records */
	struct chunk *next;
	stralloc bytes;
};
struct group;
struct intake;
struct passing;
struct active {
	struct message *m;
	struct spool_head head;
	struct spool_envelope env;
	stralloc store;
	struct target *targets;
	uint32_t ntargets, room;
	uint32_t *index; /* of addresses, made when something expands */
	uint32_t index_size, indexed;
	struct chunk *chunks;
	struct passing *passings; /* of its expansions */
	uint64_t journal_at, chain; /* its end in the file; the checksum there */

	bool spooled;     /* it has a file; else a memfd: cut-through */
	bool spool_it;    /* ... and is to get one now */
	bool renaming;    /* ... and all is staged: to be linked */
	bool abandoned;   /* ... and none: what is staged is undone, or let go */
	struct intake *intake; /* who waits for the 250, while !spooled */
	bool touched;     /* in round.c's list of those to look at */
	struct active *touched_next;
	int fd;           /* of the message for deliverers, or -1 */
	bool in_memfd;    /* fd is the memfd it came in */
	unsigned fd_users;

	struct spool_op op; /* the one write under way */
	void (*committed)(struct active *a, int error);
	bool writing;
	stralloc writes;    /* for the next one */
	bool want_sync;
	struct target_list staging, staging_now; /* 'S' in writes; in op */
	uint32_t begun, expanded_now; /* targets before begun were started */

	uint32_t busy;    /* targets in a phase */
	struct target_list local; /* wait for deliver-local */
	struct active *local_next; /* ring of those with such */
	bool in_local;
	struct group *groups;
	bool counted;     /* this round's attempt is counted */
	bool temp, fault, parked, tried; /* what this round saw */
	bool bouncing, no_bounce; /* one is being made; none could be now */
	stralloc bounce_ids; /* start when this one's marks are durable */
	uint64_t wait_until; /* backoff of its keys: not before */
};

/* Of a file as read (or as about to be written): head, envelope and status
 * bytes, and the journal.  NULL with errno EBADMSG. */
struct active *active_new(struct message *m, const char *front, size_t len,
    const char *journal, size_t journal_len);
void active_free(struct active *a);
/* The journal gets a record, kept in memory and applied; written at the next
 * flush.  0, or -1: it is full (the record is dropped). */
int active_record(struct active *a, char type, const stralloc *body);
void active_mark(struct active *a, uint32_t target, char status);
/* Staged without a name: the descriptor becomes the target's, or is closed. */
void active_hold(struct active *a, uint32_t target, const char *mailbox,
    const char *name, int fd);
void active_unhold(struct active *a, uint32_t target);
/* Bytes of the head. */
void active_head(struct active *a, unsigned at, const char *data, size_t len);
/* Starts writing what waits; true: it is, and round_written comes in the end. */
bool active_flush(struct active *a);
/* What waits becomes part of a commit of the message. */
void active_commit_writes(struct active *a, struct spool_op *op);
/* The addresses before this target, blanks between. */
void active_path(stralloc *out, const struct active *a, uint32_t target);
/* Has a target one of these statuses?  Is this address a target already? */
bool active_any(const struct active *a, const char *statuses);
bool active_has(struct active *a, const char *address);
/* An answer, shared with like where that says the same. */
void active_answer(struct active *a, uint32_t target, char class,
    const char *status, const char *host, const char *text);
/* A descriptor of the message, read only; counted: give it back. -1: errno. */
int active_fd(struct active *a);
void active_fd_done(struct active *a);
uint64_t active_offset(const struct active *a);

#endif
