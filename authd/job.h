/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_JOB_H
#define AUTHD_JOB_H

/* One question on its way through authd, and the pool they come from. */
#include <stdbool.h>
#include <stdint.h>
#include "authd/authd_proto.h"
#include "cdb-tools/cdb-tools.h"
#include "lib/conns.h"

#define JOBS_MAX           512 /* questions at once, in whatever state */
#define JOB_CANDIDATES_MAX 16  /* passwords of one login that are tried */

enum job_state {
	JOB_FREE,
	JOB_WAITING, /* for a hashing thread, in sched.h */
	JOB_HASHING,
	JOB_RELAY,   /* right; relayd is asked */
	JOB_MAILBOX, /* right; goes to mailboxd */
	JOB_DELAYED  /* wrong; the answer waits until due_ms */
};
struct candidate {
	char hash[USER_HASH_MAX + 1];
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char label[USER_LABEL_MAX + 1]; /* of an app password, else "" */
	bool disabled;
};
struct source; /* sched.c's: an address with jobs */
struct job {
	struct job *prev, *next;             /* of all that live */
	struct job *queue_prev, *queue_next; /* of its queue in sched.c */
	struct source *source;
	struct conn *conn; /* NULL: the caller is gone */
	enum job_state state;
	enum authd_port port;
	bool good_pair; /* lately good: first in line */
	bool known;     /* the candidates are this login's; else a dummy */
	bool retried;   /* asked of a second connection to relayd */
	bool hand_on;   /* the caller wants the mailbox */
	struct ip ip, net; /* net: masked */
	uint64_t came_ms, due_ms;
	char *password; /* locked memory, AUTHD_PASSWORD_MAX + 1 */
	struct candidate *candidates;
	int ncandidates;
	unsigned long generation; /* of the table they are from */
	int match; /* which one; -1 none; -2: could not be verified */
	int error; /* errno of -2 */
	uint32_t hash_ms; /* what hashing took of a processor */
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char label[USER_LABEL_MAX + 1]; /* of the app password that fitted */
	char user[AUTHD_USER_MAX + 1]; /* folded */
};
struct jobs {
	struct job *all;
	char *passwords;
	struct job *first, *last, *free;
	unsigned n;    /* that live */
	unsigned used; /* of all, ever */
	bool unlocked; /* and said so */
};
int jobs_init(struct jobs *js);
/* NULL: all are taken. */
struct job *job_new(struct jobs *js);
/* Wipes the password and forgets the candidates; the job lives on. */
void job_wipe(struct job *job);
void job_free(struct jobs *js, struct job *job);

#endif
