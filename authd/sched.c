/* SPDX-License-Identifier: ISC */
#include "authd/sched.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

void
sched_init(struct sched *s)
{
	memset(s, 0, sizeof *s);
	randombytes_buf(s->key, sizeof s->key);
}

static struct source **
bucket(struct sched *s, const struct ip *net)
{
	unsigned char out[8];
	uint32_t h;

	crypto_shorthash(out, net->b, sizeof net->b, s->key);
	memcpy(&h, out, sizeof h);
	return &s->buckets[h % SCHED_BUCKETS];
}

static struct source *
find(struct sched *s, const struct ip *net)
{
	struct source *src = *bucket(s, net);

	while (src && !ip_equal(&src->net, net))
		src = src->hash_next;
	return src;
}

static struct source *
find_or_make(struct sched *s, const struct ip *net)
{
	struct source *src = find(s, net), **head;

	if (src)
		return src;
	src = calloc(1, sizeof *src);
	if (!src)
		return NULL;
	src->net = *net;
	head = bucket(s, net);
	src->hash_next = *head;
	*head = src;
	return src;
}

static void
forget(struct sched *s, struct source *src)
{
	struct source **p;

	if (src->jobs[0] || src->jobs[1])
		return;
	for (p = bucket(s, &src->net); *p != src; p = &(*p)->hash_next)
		;
	*p = src->hash_next;
	free(src);
}

static void
enqueue(struct queue *q, struct job *job)
{
	job->queue_next = NULL;
	job->queue_prev = q->last;
	if (q->last)
		q->last->queue_next = job;
	else
		q->first = job;
	q->last = job;
	q->n++;
}

static void
dequeue(struct queue *q, struct job *job)
{
	if (job->queue_prev)
		job->queue_prev->queue_next = job->queue_next;
	else
		q->first = job->queue_next;
	if (job->queue_next)
		job->queue_next->queue_prev = job->queue_prev;
	else
		q->last = job->queue_prev;
	q->n--;
}

static void
ring_add(struct sched *s, struct source *src)
{
	if (!s->turn) {
		s->turn = src->ring_prev = src->ring_next = src;
		return;
	}
	src->ring_next = s->turn; /* behind everybody */
	src->ring_prev = s->turn->ring_prev;
	src->ring_prev->ring_next = src;
	s->turn->ring_prev = src;
}

static void
ring_remove(struct sched *s, struct source *src)
{
	if (src->ring_next == src) {
		s->turn = NULL;
		return;
	}
	if (s->turn == src)
		s->turn = src->ring_next;
	src->ring_prev->ring_next = src->ring_next;
	src->ring_next->ring_prev = src->ring_prev;
}

int
sched_add(struct sched *s, struct job *job)
{
	struct source *src = find_or_make(s, &job->net);

	if (!src)
		return -1;
	if (src->jobs[job->good_pair] >= SCHED_ADDRESS_JOBS) {
		errno = EAGAIN;
		return -1;
	}
	job->source = src;
	src->jobs[job->good_pair]++;
	s->waiting++;
	if (job->good_pair) {
		enqueue(&s->good, job);
		return 0;
	}
	enqueue(&src->waiting, job);
	if (src->waiting.n == 1)
		ring_add(s, src);
	return 0;
}

void
sched_remove(struct sched *s, struct job *job)
{
	struct source *src = job->source;

	s->waiting--;
	if (job->good_pair) {
		dequeue(&s->good, job);
		return;
	}
	dequeue(&src->waiting, job);
	if (!src->waiting.n)
		ring_remove(s, src);
}

struct job *
sched_next(struct sched *s)
{
	struct job *job = s->good.first;

	if (!job && s->turn) {
		job = s->turn->waiting.first;
		s->turn = s->turn->ring_next;
	}
	if (job)
		sched_remove(s, job);
	return job;
}

void
sched_done(struct sched *s, struct job *job)
{
	struct source *src = job->source;

	if (!src)
		return;
	job->source = NULL;
	src->jobs[job->good_pair]--;
	forget(s, src);
}

struct job *
sched_crowd(struct sched *s, const struct ip *net)
{
	struct source *mine = find(s, net), *most = s->turn, *src = s->turn;

	if (!src)
		return NULL;
	do {
		if (src->waiting.n > most->waiting.n)
			most = src;
		src = src->ring_next;
	} while (src != s->turn);
	if (most->waiting.n <= (mine ? mine->waiting.n : 0) + 1)
		return NULL;
	return most->waiting.last;
}
