/* SPDX-License-Identifier: ISC */
#include "queue/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "queue/loop.h"

#define STACK_BYTES 262144

static pthread_mutex_t back_lock = PTHREAD_MUTEX_INITIALIZER;
static struct job_list back;
static struct loop_fd wake;

void
job_list_init(struct job_list *l)
{
	l->first = NULL;
	l->last = &l->first;
	l->n = 0;
}

void
job_list_push(struct job_list *l, struct job *j)
{
	j->next = NULL;
	*l->last = j;
	l->last = &j->next;
	l->n++;
}

struct job *
job_list_pop(struct job_list *l)
{
	struct job *j = l->first;

	if (!j)
		return NULL;
	l->first = j->next;
	if (!l->first)
		l->last = &l->first;
	l->n--;
	return j;
}

/* The jobs are taken over whole: those that arrive meanwhile wake us again. */
static void
came_back(struct loop_fd *f, uint32_t ready)
{
	struct job *j, *next;
	uint64_t n;

	(void)ready;
	while (read(f->fd, &n, sizeof n) == -1 && errno == EINTR)
		;
	pthread_mutex_lock(&back_lock);
	j = back.first;
	job_list_init(&back);
	pthread_mutex_unlock(&back_lock);
	for (; j; j = next) {
		next = j->next;
		j->done(j);
	}
}

int
pool_open(void)
{
	job_list_init(&back);
	wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	wake.ready = came_back;
	return wake.fd == -1 ? -1 : loop_add(&wake, EPOLLIN);
}

static void
wake_up(void)
{
	uint64_t one = 1;

	while (write(wake.fd, &one, sizeof one) == -1 && errno == EINTR)
		;
}

void
pool_done(struct job *j)
{
	bool first;

	pthread_mutex_lock(&back_lock);
	first = !back.first;
	job_list_push(&back, j);
	pthread_mutex_unlock(&back_lock);
	if (first)
		wake_up();
}

void
pool_done_all(struct job_list *l)
{
	bool first;

	if (!l->first)
		return;
	pthread_mutex_lock(&back_lock);
	first = !back.first;
	*back.last = l->first;
	back.last = l->last;
	back.n += l->n;
	pthread_mutex_unlock(&back_lock);
	job_list_init(l);
	if (first)
		wake_up();
}

static void *
work(void *arg)
{
	struct pool *p = arg;
	struct job *j;

	for (;;) {
		pthread_mutex_lock(&p->lock);
		while (!(j = job_list_pop(&p->todo)))
			pthread_cond_wait(&p->more, &p->lock);
		pthread_mutex_unlock(&p->lock);
		j->run(j);
		pool_done(j);
	}
	return NULL;
}

int
pool_thread(void *(*body)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t t;
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&t, &attr, body, arg);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!rc)
		return 0;
	errno = rc;
	return -1;
}

int
pool_start(struct pool *p, unsigned threads)
{
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	job_list_init(&p->todo);
	while (threads--)
		if (pool_thread(work, p) == -1)
			return -1;
	return 0;
}

void
pool_push(struct pool *p, struct job *j)
{
	pthread_mutex_lock(&p->lock);
	job_list_push(&p->todo, j);
	pthread_mutex_unlock(&p->lock);
	pthread_cond_signal(&p->more);
}
