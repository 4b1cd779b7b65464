/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_POOL_H
#define AUTHD_POOL_H

/* The threads that hash: one job each, handed over and given back by the main
 * loop.  A thread touches only what it is given: password and candidates. */
#include <pthread.h>
#include "authd/job.h"
#include "lib/setting_table.h"

#define POOL_MAX        SETTING_AUTH_THREADS_MOST
#define POOL_STACK_SIZE 1048576 /* bytes */

struct pool;
struct worker {
	struct pool *pool;
	pthread_t thread;
	struct job *job;  /* at work on; main may read it when done is set */
	bool done;        /* main has not yet taken it back */
};
struct pool {
	struct worker workers[POOL_MAX];
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int n, idle; /* idle: main's count of workers without a job */
	int event;   /* eventfd, readable when jobs are done */
};
/* Starts n threads.  0 or -1. */
int pool_start(struct pool *p, int n);
/* Hands a job to an idle thread (idle > 0).  It sets match and error. */
void pool_work(struct pool *p, struct job *job);
/* A job that is done, or NULL. */
struct job *pool_take(struct pool *p);
/* Empties the event before the jobs are taken. */
void pool_quiet(struct pool *p);

#endif
