/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_LOCAL_JOB_H
#define DELIVER_LOCAL_JOB_H

/* One job of deliver-local, from its packet to its answer (deliver.h has the
 * protocol).  Inside deliver/ only. */
#include <stdbool.h>
#include <stdint.h>
#include "cdb-tools/cdb-tools.h"
#include "deliver/deliver.h"
#include "deliver/local_folder.h"
#include "lib/maildir.h"
#include "lib/sa.h"
#include "queue/queue.h"

#define LOCAL_ANSWER_MS 60000 /* queued's loop never stands still that long */
#define LOCAL_PATH_MAX 5400 /* bytes: the addresses of ALIAS_DEPTH_MAX steps */

enum local_state {
	LOCAL_NEW,     /* read, nothing named */
	LOCAL_NAMED,   /* whole in fd, and 'D' in tmp/name, not yet durable */
	LOCAL_MOVED,   /* renamed, linked or undone, not yet durable */
	LOCAL_ANSWERED
};
struct local_job {
	char op; /* 'D', 'C', 'R', 'L', 'U' */
	uint64_t number, offset, size, time;
	char id[QUEUE_ID_MAX];
	char sender[ADDR_MAX + 1], recipient[ADDR_MAX + 1];
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char name[MAILDIR_NAME_MAX + 1];
	const char *path, *head; /* head: lines in front of the message */
	char *texts; /* both, where they are not "" */
	bool looped, named; /* named: fd has a name of its own in tmp/ */
	bool moved;   /* by this job, not by one before */
	bool arrived; /* it is in new/ */
	enum local_state state;
	int message; /* the message, read-only; of 'L' the file; or -1 */
	bool borrowed; /* ... it is that of the job before */
	uint64_t text; /* a number of the message in this process; 0: none */
	int folder;  /* mail/MAILBOX, or -1 */
	struct local_folder which;
	bool kept;   /* ... it stays open for the next job there */
	bool young;  /* ... it, and its entry in mail/, may not be durable */
	int fd;      /* the new file, or -1 */
};

static inline bool
local_delivers(const struct local_job *job)
{
	return job->op == 'D' || job->op == 'C';
}
/* Reads a request.  0, or -1 (EPROTO).  message is taken over in both cases. */
int local_job_scan(struct local_job *job, const char *packet, size_t len,
    int message);
void local_job_free(struct local_job *job);
/* Reads a packet of one or several.  How many (at most DELIVER_BUNDLE_MAX), or -1
 * (EPROTO); the descriptors are taken over in both cases. */
int local_jobs_scan(struct local_job *jobs, const char *packet, size_t len,
    const int *fds, int nfds);

struct table *local_aliases(void);
/* Where the recipient leads.  1: job->mailbox is set, deliver there.  0: the
 * answer is out instead.  -1: could not send. */
int local_route(struct local_job *job, int conn);

/* The answers.  Each sets LOCAL_ANSWERED; 0 or -1 (the connection is gone). */
int local_answer(struct local_job *job, int conn, char op, const char *a,
    const char *b);
/* 'S' or 'H', and 'K': sent when the packet is full, at the latest by
 * local_answers_send. */
int local_answer_later(struct local_job *job, int conn);
int local_answers_send(int conn);
struct local_targets {
	const char *kind, *sender, *away, *head, *key, *mailbox;
	const char *targets; /* NUL-ended strings */
	size_t len;
};
int local_answer_targets(struct local_job *job, int conn,
    const struct local_targets *x);
/* ... for mail that is passed on unchanged: SRS, and our Delivered-To. */
int local_pass_on(struct local_job *job, int conn, struct local_targets *x);

/* The address that led here: the recipient, or the one before a mailbox name. */
const char *local_address(const struct local_job *job);
/* Our Delivered-To and what is in front already.  0, or -1: too much. */
int local_head(stralloc *out, const struct local_job *job);
/* Does the header say Delivered-To: recipient already?  1, 0, -1. */
int local_loops(const struct local_job *job);

/* Would this address take mail of that sender, as far as smtpd cannot see (lists,
 * SRS)?  'Y', 'N', 'T' with *why. */
char local_may(const char *address, const char *sender, const char **why);
/* Serves one connection from queued until it ends. */
int local_work(int conn);
/* Serves one connection on usage: smtpd's, or admind's, who may purge. */
int local_usage(int conn, uid_t uid);

#endif
