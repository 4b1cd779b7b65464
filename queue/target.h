/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_TARGET_H
#define QUEUE_TARGET_H

/* One place a message goes to: a recipient of its envelope, or what an alias, a
 * forward or a list made of one. */
#include <stdbool.h>
#include <stdint.h>

#define TARGET_DEPTH_MAX 16 /* steps of aliases, forwards, lists */

struct active;
struct answer { /* shared by targets */
	unsigned refs;
	char class;       /* 'T', 'N', 'L' */
	uint64_t when;    /* wall seconds */
	const char *status, *host, *text; /* behind the struct */
};
enum phase {
	PHASE_NONE,   /* nothing to do in this round, or done with */
	PHASE_LOCAL,  /* waits for, or is with, deliver-local */
	PHASE_STAGE,  /* its 'S' record is being written; cut-through: staged */
	PHASE_RENAME, /* waits for, or is with, deliver-local, to be made visible */
	PHASE_ROUTE,  /* waits for its key */
	PHASE_REMOTE  /* waits in a group, or is with deliver-remote */
};
struct target {
	const char *address, *sender; /* into store or a chunk */
	const char *mailbox, *name;   /* staged: into a chunk */
	const struct passing *passing; /* NULL: of the envelope */
	struct answer *answer;        /* the last one, or NULL */
	uint64_t status_at;           /* place of its status byte */
	uint32_t parent;              /* SPOOL_NO_TARGET: of the envelope */
	uint32_t next;                /* link of the one list it is in */
	char status;                  /* as in the file, or about to be */
	unsigned char phase, depth, kind;
	bool answer_new;              /* not in the journal yet */
	unsigned char maker;          /* of fd: a worker's number (local_workers.h) */
	int fd;                       /* staged without a name: the file, or -1 */
};
struct target_list {
	uint32_t first, last; /* SPOOL_NO_TARGET: empty */
};
void target_list_init(struct target_list *l);
void target_push(struct active *a, struct target_list *l, uint32_t target);
uint32_t target_pop(struct active *a, struct target_list *l);

#endif
