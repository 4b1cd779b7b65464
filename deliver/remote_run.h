/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REMOTE_RUN_H
#define DELIVER_REMOTE_RUN_H

/* One job: hosts in turn until every recipient has its answer.
 *
 * A refusal for good (5xx about a recipient or the message) is final; anything
 * else sends the recipients that are left to the next host, and the last
 * host's words become the answer.  Only a connection lost after the final dot
 * is final at once: the message may have been taken. */
#include "deliver/remote_conf.h"
#include "deliver/remote_job.h"
#include "deliver/smtp_send.h"

#define RUN_TRIES_MAX   10  /* addresses of one job */
#define RUN_BAD_SECONDS 60  /* an address without connection goes last */
#define RUN_BAD_MAX     16  /* such addresses are remembered */
#define RUN_JOB_SECONDS 900 /* no new host is tried after that */
/* every wait of a job ends there: before queued gives the worker up */
#define RUN_LAST_SECONDS 2400

/* The SMTP connection, kept for the next job with the same key. */
struct remote_kept {
	struct smtp_session session;
	char key[REMOTE_KEY_MAX + 1];
	unsigned generation; /* of the configuration */
};

struct remote_run {
	const struct remote_conf *conf;
	const struct remote_job *job;
	struct remote_kept *kept;
	/* Answers for good; index counts the job's recipients. */
	void (*answer)(void *arg, unsigned index, const struct smtp_outcome *o,
	    const char *host);
	/* s->auth_failed. */
	void (*refused)(void *arg, const struct smtp_session *s);
	void *arg;
	/* the run's own */
	struct remote_pending *pending; /* in the job's order */
	unsigned npending;
	struct smtp_peer tried[RUN_TRIES_MAX];
	unsigned ntried;
	struct smtp_peer postponed[RUN_TRIES_MAX]; /* were bad lately */
	unsigned npostponed;
	bool last_chance; /* those now */
	uint64_t no_more_ms;
	struct smtp_outcome last; /* of the last host that failed as a whole */
	char last_host[DELIVER_HOST_MAX + 1];
	bool heard; /* a place spoke about a recipient: it works */
	/* result: seconds the place should be left alone, and why */
	unsigned slow;
	char slow_text[DELIVER_TEXT_MAX + 1];
};
/* Answers every recipient. */
void remote_run(struct remote_run *run);

/* remote_hosts.c: calls remote_run_try for the addresses of the job's route, in
 * order, while remote_run_wants_more. */
void remote_hosts_each(struct remote_run *run);
bool remote_run_wants_more(const struct remote_run *run);
void remote_run_try(struct remote_run *run, const struct smtp_peer *peer);
/* No host can be had: o is the answer of those that are left, or (class 'N')
 * final for all. */
void remote_run_fail(
    struct remote_run *run, const struct smtp_outcome *o, const char *host);

#endif
