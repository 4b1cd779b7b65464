/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_LOGIN_H
#define AUTHD_LOGIN_H

/* The way of a login: cache or hash, then relayd, then the answer.
 *
 *   question -> cached: RELAY
 *            -> WAITING -> HASHING -> right: RELAY -> 'Y'
 *                                               or MAILBOX -> handed on
 *                                  -> disabled: 'D'
 *                                  -> wrong: DELAYED -> 'N'
 * 'T' from anywhere: no table, too many, past AUTHD_DEADLINE_MS, relayd, mailboxd. */
#include "authd/accounts.h"
#include "authd/guess.h"
#include "authd/job.h"
#include "authd/lastlogin.h"
#include "authd/mailbox_link.h"
#include "authd/memo.h"
#include "authd/pool.h"
#include "authd/relay_link.h"
#include "authd/sched.h"
#include "lib/conns.h"

#define LOGIN_CONNS       900   /* at once, of run/authd/pop3 and of smtp */
#define LOGIN_COMPLAIN_MS 60000 /* between warnings of the same kind */

struct authd {
	struct conns conns;
	struct accounts accounts;
	struct memo cache;
	struct guess guess;
	struct jobs jobs;
	struct sched sched;
	struct pool pool;
	struct relay_link relay;
	struct mailbox_link mailbox;
	struct lastlogin lastlogin;
	uint64_t complained_ms; /* about the table */
};
/* Memory, tables, threads; sv's sockets.  0 or -1. */
int login_init(struct authd *a, const struct service *sv, int threads);
/* One round: waits, serves. */
void login_serve(struct authd *a);

/* login.c.  A question: 0, or -1: there is no room for it. */
int login_verify(struct authd *a, struct conn *c,
    const struct authd_request *rq);
void login_hashed(void *arg, uint32_t events); /* by the pool's threads */
void login_relay_answered(void *arg, struct job *job, const char *token,
    const char *why, bool gone);
/* True once in LOGIN_COMPLAIN_MS. */
bool login_may_complain(struct authd *a);

/* login_answer.c: each ends the job. */
void login_yes(struct authd *a, struct job *job, const char *token);
void login_given(void *arg, struct job *job, const char *why);
void login_disabled(struct authd *a, struct job *job);
void login_later(struct authd *a, struct job *job, const char *reason);
/* The wrong answer, when its time has come. */
void login_no(struct authd *a, struct job *job);
/* The log's line of a login. */
void login_log(const struct job *job, const char *result, const char *reason);

#endif
