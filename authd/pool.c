/* SPDX-License-Identifier: ISC */
#include "authd/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Every candidate of a login is tried until one matches. */
static void
hash(struct job *job)
{
	int i, r;

	job->match = -1;
	for (i = 0; i < job->ncandidates; i++) {
		r = password_check(job->candidates[i].hash, job->password);
		if (r == 1) {
			job->match = i;
			return;
		}
		if (r == -1) {
			job->match = -2;
			job->error = errno;
		}
	}
}

/* Of this thread alone: what others do meanwhile is not counted. */
static uint64_t
cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void *
run(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	uint64_t one = 1, began;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!w->job || w->done)
			pthread_cond_wait(&p->wake, &p->lock);
		pthread_mutex_unlock(&p->lock);
		began = cpu_ms();
		hash(w->job);
		w->job->hash_ms = (uint32_t)(cpu_ms() - began);
		pthread_mutex_lock(&p->lock);
		w->done = true;
		if (write(p->event, &one, sizeof one) == -1)
			continue; /* full counter: it is readable anyhow */
	}
	return NULL;
}

int
pool_start(struct pool *p, int n)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int i;

	memset(p, 0, sizeof *p);
	p->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->event == -1)
		return -1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, POOL_STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (i = 0; i < n && i < POOL_MAX; i++) {
		p->workers[i].pool = p;
		errno = pthread_create(&p->workers[i].thread, &attr, run,
		    &p->workers[i]);
		if (errno)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	p->n = p->idle = i;
	return i ? 0 : -1;
}

void
pool_work(struct pool *p, struct job *job)
{
	int i;

	pthread_mutex_lock(&p->lock);
	for (i = 0; i < p->n; i++)
		if (!p->workers[i].job)
			break;
	p->workers[i].job = job;
	p->workers[i].done = false;
	p->idle--;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

struct job *
pool_take(struct pool *p)
{
	struct job *job = NULL;
	int i;

	pthread_mutex_lock(&p->lock);
	for (i = 0; i < p->n && !job; i++)
		if (p->workers[i].job && p->workers[i].done) {
			job = p->workers[i].job;
			p->workers[i].job = NULL;
			p->idle++;
		}
	pthread_mutex_unlock(&p->lock);
	return job;
}

void
pool_quiet(struct pool *p)
{
	uint64_t n;

	while (read(p->event, &n, sizeof n) == -1 && errno == EINTR)
		;
}
