/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_POOL_H
#define QUEUE_POOL_H

/* Threads for what may block: the main loop hands out jobs and gets them back.
 * run is called in a thread, done in the main loop. */
#include <pthread.h>

struct job {
	struct job *next;
	void (*run)(struct job *);
	void (*done)(struct job *);
};
struct job_list {
	struct job *first, **last;
	unsigned long n;
};
void job_list_init(struct job_list *l);
void job_list_push(struct job_list *l, struct job *j);
struct job *job_list_pop(struct job_list *l);

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct job_list todo;
};
/* Opens the way back into the loop; once, before any pool. */
int pool_open(void);
/* threads of them, that live as long as the program.  0 or -1. */
int pool_start(struct pool *p, unsigned threads);
void pool_push(struct pool *p, struct job *j);
/* From any thread: done is to be called in the main loop. */
void pool_done(struct job *j);
/* The same for a whole list (emptied), with one wake-up. */
void pool_done_all(struct job_list *l);
/* A thread with every signal blocked. */
int pool_thread(void *(*body)(void *), void *arg);

#endif
