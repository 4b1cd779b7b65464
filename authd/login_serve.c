/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include "authd/cache.h"
#include "authd/login.h"
#include "lib/log.h"

bool
login_may_complain(struct authd *a)
{
	if (a->complained_ms &&
	    a->conns.now_ms - a->complained_ms < LOGIN_COMPLAIN_MS)
		return false;
	a->complained_ms = a->conns.now_ms;
	return true;
}

static void
full(struct authd *a, struct conn *c)
{
	struct authd_account acct = { .reason = "too many logins wait" };
	char buf[AUTHD_MSG_MAX];
	long len = authd_account_format(buf, sizeof buf, AUTHD_TRY_LATER,
	    &acct);

	if (login_may_complain(a))
		log_warn("as many logins under way as there can be (",
		    log_num(JOBS_MAX), "): putting some off");
	conn_answer(&a->conns, c, buf, (size_t)len);
}

static int
request(void *arg, struct conn *c, char *packet, size_t len)
{
	struct authd *a = arg;
	struct authd_request rq;
	int r = authd_request_scan(&rq, packet, len);

	if (r == 0 && rq.hand_on && c->port != AUTHD_POP3)
		r = -1;
	if (r == 0 && login_verify(a, c, &rq) == -1)
		full(a, c);
	explicit_bzero(&rq, sizeof rq);
	return r;
}

/* The caller hung up.  A hash under way goes on, and a delayed answer keeps its
 * place: hanging up early makes no guess cheaper. */
static void
gone(void *arg, struct conn *c)
{
	struct authd *a = arg;
	struct job *job = c->work;

	if (!job)
		return;
	job->conn = NULL;
	if (job->state == JOB_WAITING) {
		sched_remove(&a->sched, job);
		sched_done(&a->sched, job);
		job_free(&a->jobs, job);
	}
}

/* Delayed answers whose time has come, questions past their deadline. */
static void
tick(struct authd *a)
{
	struct job *job, *next;

	link_tick(&a->relay, a->conns.now_ms);
	mailbox_link_tick(&a->mailbox);
	for (job = a->jobs.first; job; job = next) {
		next = job->next;
		if (job->due_ms > a->conns.now_ms)
			continue;
		if (job->state == JOB_DELAYED) {
			login_no(a, job);
		} else if (job->state == JOB_WAITING) {
			sched_remove(&a->sched, job);
			login_later(a, job, "past the deadline");
		}
	}
}

static int
wait_ms(const struct authd *a)
{
	uint64_t due = link_due_ms(&a->relay);
	const struct job *job;

	if (mailbox_link_due_ms(&a->mailbox) < due)
		due = mailbox_link_due_ms(&a->mailbox);
	for (job = a->jobs.first; job; job = job->next)
		if ((job->state == JOB_DELAYED || job->state == JOB_WAITING) &&
		    job->due_ms < due)
			due = job->due_ms;
	if (due == UINT64_MAX)
		return -1;
	if (due <= a->conns.now_ms)
		return 0;
	return due - a->conns.now_ms > INT_MAX ? INT_MAX :
						 (int)(due - a->conns.now_ms);
}

/* A port's number decides what may be asked there: it must be its socket's
 * place in conf-services. */
static bool
is_as_expected(const struct service *sv)
{
	static const char *const paths[AUTHD_PORTS] = { AUTHD_POP3_PATH,
		AUTHD_SMTP_PATH };
	int i;

	for (i = 0; i < AUTHD_PORTS; i++)
		if (!sv->row->serves[i].path ||
		    strcmp(sv->row->serves[i].path, paths[i]) != 0)
			return false;
	return true;
}

int
login_init(struct authd *a, const struct service *sv, int threads)
{
	struct conns_spec spec = { .request_max = AUTHD_MSG_MAX,
		.max = { LOGIN_CONNS, LOGIN_CONNS },
		.request = request, .gone = gone, .arg = a };

	if (!is_as_expected(sv)) {
		errno = EPROTO;
		return -1;
	}
	accounts_init(&a->accounts, USERS_CDB);
	sched_init(&a->sched);
	if (cache_init(&a->cache) == -1 || guess_init(&a->guess) == -1 ||
	    jobs_init(&a->jobs) == -1)
		return -1;
	lastlogin_open(&a->lastlogin, LASTLOGIN_PATH);
	if (pool_start(&a->pool, threads) == -1 ||
	    conns_init(&a->conns, sv, &spec) == -1)
		return -1;
	link_init(&a->relay, &a->conns, login_relay_answered, a);
	mailbox_link_init(&a->mailbox, &a->conns, login_given, a);
	return conns_watch(&a->conns, a->pool.event, EPOLLIN, login_hashed, a);
}

void
login_serve(struct authd *a)
{
	conns_wait(&a->conns, wait_ms(a));
	tick(a);
}
