/* SPDX-License-Identifier: ISC */
#include "authd/login.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include "authd/cache.h"
#include "lib/log.h"

static uint64_t
now_s(const struct authd *a)
{
	return a->conns.now_ms / 1000;
}

static bool
may_complain(struct authd *a)
{
	if (a->complained_ms &&
	    a->conns.now_ms - a->complained_ms < LOGIN_COMPLAIN_MS)
		return false;
	a->complained_ms = a->conns.now_ms;
	return true;
}

static void
no_table(struct authd *a, struct job *job)
{
	if (may_complain(a))
		log_warnsys("unable to read ", a->accounts.table.path,
		    " (run userdb build); nobody can log in");
	login_later(a, job, "the table of users cannot be read");
}

/* The password was right: relayd next. */
static void
ask_relay(struct authd *a, struct job *job)
{
	const char *why;

	job->state = JOB_RELAY;
	if (link_ask(&a->relay, job, job->port == AUTHD_POP3 ? 'O' : 'A',
	    a->conns.now_ms, &why) == -1)
		login_later(a, job, why);
}

static void
relay_answered(void *arg, struct job *job, const char *token, const char *why,
    bool gone)
{
	struct authd *a = arg;

	if (token) {
		login_yes(a, job, token);
	} else if (gone && !job->retried) { /* relayd was started anew */
		job->retried = true;
		ask_relay(a, job);
	} else {
		login_later(a, job, why);
	}
}

static void
right(struct authd *a, struct job *job, const char *mailbox, bool disabled)
{
	memcpy(job->mailbox, mailbox, sizeof job->mailbox);
	job_wipe(job);
	if (disabled)
		login_disabled(a, job);
	else
		ask_relay(a, job);
}

static void
wrong(struct authd *a, struct job *job)
{
	uint64_t took = a->conns.now_ms - job->came_ms;

	if (job->known)
		memcpy(job->mailbox, job->candidates[0].mailbox,
		    sizeof job->mailbox);
	login_log(job, "bad", job->known ? "password" : "unknown");
	job_wipe(job);
	job->state = JOB_DELAYED;
	job->due_ms = job->came_ms + guess_failed(&a->guess, &job->net,
	    job->user, now_s(a), (uint32_t)took);
}

static void
hashed(struct authd *a, struct job *job)
{
	const struct candidate *c;
	struct memo_key key;

	if (job->match >= 0 && job->known) {
		c = &job->candidates[job->match];
		key = cache_key(&a->cache, job->port, job->user,
		    job->password);
		cache_put(&a->cache, &key, c->mailbox, c->disabled, now_s(a));
		guess_right(&a->guess, &job->net, job->user, now_s(a));
		if (!job->conn && job->port == AUTHD_POP3)
			login_later(a, job, "the caller is gone");
		else
			right(a, job, c->mailbox, c->disabled);
	} else if (job->match == -2 && job->known) {
		if (may_complain(a)) {
			errno = job->error;
			log_warnsys("unable to verify the password of ",
			    job->user, errno == ENOSYS ? " (a scheme unknown "
			    "here; see userdb check)" : "");
		}
		login_later(a, job, "the password cannot be verified");
	} else {
		wrong(a, job);
	}
}

/* Hands waiting jobs to idle threads. */
static void
feed(struct authd *a)
{
	struct job *job;

	while (a->pool.idle && (job = sched_next(&a->sched)) != NULL) {
		job->state = JOB_HASHING;
		pool_work(&a->pool, job);
	}
}

static void
pool_ready(void *arg, uint32_t events)
{
	struct authd *a = arg;
	struct job *job;

	(void)events;
	pool_quiet(&a->pool);
	while ((job = pool_take(&a->pool)) != NULL)
		hashed(a, job);
	feed(a);
}

/* Room in a full house: an answer that only waits for its delay goes out now,
 * or the newest question of the address that asks most is put off. */
static struct job *
new_job(struct authd *a, const struct ip *net)
{
	struct job *job = job_new(&a->jobs), *victim;

	if (job)
		return job;
	for (victim = a->jobs.first; victim; victim = victim->next)
		if (victim->state == JOB_DELAYED) {
			login_no(a, victim);
			return job_new(&a->jobs);
		}
	victim = sched_crowd(&a->sched, net);
	if (!victim)
		return NULL;
	sched_remove(&a->sched, victim);
	login_later(a, victim, "too many logins wait");
	return job_new(&a->jobs);
}

static void
put_in_line(struct authd *a, struct job *job)
{
	job->good_pair = guess_is_good(&a->guess, &job->net, job->user,
	    now_s(a));
	if (accounts_find(&a->accounts, job) == -1) {
		no_table(a, job);
		return;
	}
	job->state = JOB_WAITING;
	if (sched_add(&a->sched, job) == -1) {
		job->source = NULL;
		login_later(a, job, "too many logins of this address wait");
		return;
	}
	feed(a);
}

static void
fold(char *out, const char *s)
{
	for (; *s; s++)
		*out++ = *s >= 'A' && *s <= 'Z' ? (char)(*s + 'a' - 'A') : *s;
	*out = 0;
}

static void
fill(struct authd *a, struct job *job, struct conn *c,
    const struct authd_request *rq, const struct ip *net)
{
	job->conn = c;
	c->work = job;
	job->port = (enum authd_port)c->port;
	job->ip = rq->ip;
	job->net = *net;
	job->came_ms = a->conns.now_ms;
	job->due_ms = job->came_ms + AUTHD_DEADLINE_MS;
	fold(job->user, rq->user);
	memcpy(job->password, rq->password, sizeof rq->password);
}

static int
verify(struct authd *a, struct conn *c, const struct authd_request *rq)
{
	struct ip net = rq->ip;
	const struct cached *known;
	struct memo_key key;
	struct job *job;
	int r;

	if (!ip_is_v4(&net))
		ip_mask(&net, 64);
	job = new_job(a, &net);
	if (!job)
		return -1;
	fill(a, job, c, rq, &net);
	r = accounts_refresh(&a->accounts);
	if (r == 1)
		memo_clear(&a->cache);
	if (r == -1) {
		no_table(a, job);
		return 0;
	}
	key = cache_key(&a->cache, job->port, job->user, job->password);
	known = cache_find(&a->cache, &key, now_s(a));
	if (known)
		right(a, job, known->mailbox, known->disabled);
	else
		put_in_line(a, job);
	return 0;
}

static void
redeem(struct authd *a, struct conn *c, const struct authd_request *rq)
{
	char buf[AUTHD_MSG_MAX];
	struct authd_login login;
	int r = tickets_take(&a->tickets, &login, rq->ticket,
	    a->conns.now_ms);
	long len = authd_login_format(buf, sizeof buf, r ? 'Y' : 'N', &login,
	    "");

	if (!r)
		log_event("ticket-refused", "uid", log_num(c->uid));
	if (len == -1)
		conn_close(&a->conns, c);
	else
		conn_answer(&a->conns, c, buf, (size_t)len);
}

static void
full(struct authd *a, struct conn *c)
{
	struct authd_account acct = { "", "", "too many logins wait" };
	char buf[AUTHD_MSG_MAX];
	long len = authd_account_format(buf, sizeof buf, AUTHD_TRY_LATER,
	    &acct);

	if (may_complain(a))
		log_warn("as many logins under way as there can be (",
		    log_num(JOBS_MAX), "): putting some off");
	conn_answer(&a->conns, c, buf, (size_t)len);
}

static int
request(void *arg, struct conn *c, char *packet, size_t len)
{
	struct authd *a = arg;
	struct authd_request rq;
	int r = authd_request_scan(&rq, (enum authd_port)c->port, packet, len);

	if (r == 0 && c->port == AUTHD_REDEEM)
		redeem(a, c, &rq);
	else if (r == 0 && verify(a, c, &rq) == -1)
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

int
login_init(struct authd *a, const struct service *sv, int threads)
{
	struct conns_spec spec = { .request_max = AUTHD_MSG_MAX,
		.max = { LOGIN_CONNS, LOGIN_CONNS, LOGIN_REDEEM_CONNS },
		.request = request, .gone = gone, .arg = a };

	accounts_init(&a->accounts, USERS_CDB);
	sched_init(&a->sched);
	if (cache_init(&a->cache) == -1 || guess_init(&a->guess) == -1 ||
	    jobs_init(&a->jobs) == -1 || tickets_init(&a->tickets) == -1)
		return -1;
	lastlogin_open(&a->lastlogin, LASTLOGIN_PATH);
	if (pool_start(&a->pool, threads) == -1 ||
	    conns_init(&a->conns, sv, &spec) == -1)
		return -1;
	link_init(&a->relay, &a->conns, relay_answered, a);
	return conns_watch(&a->conns, a->pool.event, EPOLLIN, pool_ready, a);
}

void
login_serve(struct authd *a)
{
	conns_wait(&a->conns, wait_ms(a));
	tick(a);
}
