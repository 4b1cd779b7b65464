/* SPDX-License-Identifier: ISC */
#include "authd/login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "authd/cache.h"
#include "lib/log.h"

static void put_in_line(struct authd *a, struct job *job);

static uint64_t
now_s(const struct authd *a)
{
	return a->conns.now_ms / 1000;
}

static void
no_table(struct authd *a, struct job *job)
{
	if (login_may_complain(a))
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

void
login_relay_answered(void *arg, struct job *job, const char *token, const char *why,
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
right(struct authd *a, struct job *job, const char *mailbox, const char *label,
    bool disabled)
{
	memcpy(job->mailbox, mailbox, sizeof job->mailbox);
	memcpy(job->label, label, sizeof job->label);
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

static int
refresh(struct authd *a)
{
	int r = accounts_refresh(&a->accounts);

	if (r == 1)
		memo_clear(&a->cache);
	return r;
}

/* Was the table replaced while the password was hashed?  Then it is asked
 * again: passwd and disable hold from the moment they are done. */
static bool
is_outdated(struct authd *a, struct job *job)
{
	if (refresh(a) != -1 && job->generation == a->accounts.generation)
		return false;
	sched_done(&a->sched, job);
	free(job->candidates);
	job->candidates = NULL;
	job->ncandidates = 0;
	put_in_line(a, job);
	return true;
}

static void
hashed(struct authd *a, struct job *job)
{
	const struct candidate *c;
	struct memo_key key;

	guess_took(&a->guess, job->hash_ms, now_s(a));
	if (job->match >= 0 && job->known) {
		if (is_outdated(a, job))
			return;
		c = &job->candidates[job->match];
		key = cache_key(&a->cache, job->port, job->user,
		    job->password);
		cache_put(&a->cache, &key, c->mailbox, c->label, c->disabled,
		    now_s(a));
		guess_right(&a->guess, &job->net, job->user, now_s(a));
		if (!job->conn && job->port == AUTHD_POP3)
			login_later(a, job, "the caller is gone");
		else
			right(a, job, c->mailbox, c->label, c->disabled);
	} else if (job->match == -2 && job->known) {
		if (login_may_complain(a)) {
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

void
login_hashed(void *arg, uint32_t events)
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
	job->generation = a->accounts.generation;
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
	job->hand_on = rq->hand_on;
	job->ip = rq->ip;
	job->net = *net;
	job->came_ms = a->conns.now_ms;
	job->due_ms = job->came_ms + AUTHD_DEADLINE_MS;
	fold(job->user, rq->user);
	memcpy(job->password, rq->password, sizeof rq->password);
}

int
login_verify(struct authd *a, struct conn *c, const struct authd_request *rq)
{
	struct ip net = rq->ip;
	const struct cached *known;
	struct memo_key key;
	struct job *job;

	if (!ip_is_v4(&net))
		ip_mask(&net, 64);
	job = new_job(a, &net);
	if (!job)
		return -1;
	fill(a, job, c, rq, &net);
	if (refresh(a) == -1) {
		no_table(a, job);
		return 0;
	}
	key = cache_key(&a->cache, job->port, job->user, job->password);
	known = cache_find(&a->cache, &key, now_s(a));
	if (known)
		right(a, job, known->mailbox, known->label, known->disabled);
	else
		put_in_line(a, job);
	return 0;
}
