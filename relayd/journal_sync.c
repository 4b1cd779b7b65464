/* SPDX-License-Identifier: ISC */
#include "relayd/journal_sync.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct journal_sync {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int dirty, copy; /* duplicates to bring to the disk; -1: none */
	int copied;      /* as journal_sync_done */
	int error;       /* as journal_sync_error */
	bool stop;
};

/* Waits, with the lock held, until there is work or the time has come. */
static void
wait_for_work(struct journal_sync *s)
{
	while (s->dirty == -1 && s->copy == -1 && !s->stop)
		pthread_cond_wait(&s->wake, &s->lock);
}

static void
rest(struct journal_sync *s)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += JOURNAL_SYNC_MS / 1000;
	while (s->copy == -1 && !s->stop)
		if (pthread_cond_timedwait(&s->wake, &s->lock, &until))
			return;
}

/* 0 or errno. */
static int
sync_and_close(int fd)
{
	int error = fd == -1 || fdatasync(fd) == 0 ? 0 : errno;

	if (fd != -1)
		close(fd);
	return error;
}

static void *
run(void *arg)
{
	struct journal_sync *s = arg;
	int dirty, copy, bad_copy, error;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		wait_for_work(s);
		if (s->stop)
			break;
		dirty = s->dirty;
		copy = s->copy;
		s->dirty = s->copy = -1;
		pthread_mutex_unlock(&s->lock);
		bad_copy = sync_and_close(copy);
		error = sync_and_close(dirty);
		pthread_mutex_lock(&s->lock);
		if (copy != -1)
			s->copied = bad_copy ? -1 : 1;
		if (error)
			s->error = error;
		rest(s);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct journal_sync *
journal_sync_start(void)
{
	struct journal_sync *s = calloc(1, sizeof *s);
	pthread_condattr_t attr;

	if (!s)
		return NULL;
	s->dirty = s->copy = -1;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	errno = pthread_create(&s->thread, NULL, run, s);
	if (errno == 0)
		return s;
	free(s);
	return NULL;
}

/* Puts a duplicate of fd in *place, unless one is there already. */
static void
hand(struct journal_sync *s, int *place, int fd)
{
	pthread_mutex_lock(&s->lock);
	if (*place == -1) {
		*place = dup(fd);
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
}

void
journal_sync_dirty(struct journal_sync *s, int fd)
{
	hand(s, &s->dirty, fd);
}

void
journal_sync_copy(struct journal_sync *s, int fd)
{
	pthread_mutex_lock(&s->lock);
	s->copied = 0;
	pthread_mutex_unlock(&s->lock);
	hand(s, &s->copy, fd);
}

int
journal_sync_done(struct journal_sync *s)
{
	int r;

	pthread_mutex_lock(&s->lock);
	r = s->copied;
	pthread_mutex_unlock(&s->lock);
	return r;
}

int
journal_sync_error(struct journal_sync *s)
{
	int error;

	pthread_mutex_lock(&s->lock);
	error = s->error;
	s->error = 0;
	pthread_mutex_unlock(&s->lock);
	return error;
}

void
journal_sync_stop(struct journal_sync *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	sync_and_close(s->dirty);
	sync_and_close(s->copy);
	free(s);
}
