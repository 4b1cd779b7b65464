/* SPDX-License-Identifier: ISC */
#include "authd/job.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"

#define PASSWORD_SIZE (AUTHD_PASSWORD_MAX + 1)

/* One more than ever before: until then its memory is not touched. */
static struct job *
fresh(struct jobs *js)
{
	struct job *job;

	if (js->used == JOBS_MAX)
		return NULL;
	job = &js->all[js->used];
	job->password = js->passwords + (size_t)js->used++ * PASSWORD_SIZE;
	if (sodium_mlock(job->password, PASSWORD_SIZE) == -1 && !js->unlocked) {
		js->unlocked = true;
		log_warnsys("unable to lock the memory of passwords "
		    "(ulimit -l): they could be swapped out");
	}
	return job;
}

int
jobs_init(struct jobs *js)
{
	memset(js, 0, sizeof *js);
	js->all = calloc(JOBS_MAX, sizeof *js->all);
	js->passwords = calloc(JOBS_MAX, PASSWORD_SIZE);
	if (!js->all || !js->passwords)
		return -1;
	js->free = fresh(js); /* says at the start what it has to say */
	return 0;
}

struct job *
job_new(struct jobs *js)
{
	struct job *job = js->free;
	char *password;

	if (job)
		js->free = job->next;
	else if (!(job = fresh(js)))
		return NULL;
	password = job->password;
	memset(job, 0, sizeof *job);
	job->password = password;
	job->prev = js->last;
	if (js->last)
		js->last->next = job;
	else
		js->first = job;
	js->last = job;
	js->n++;
	return job;
}

void
job_wipe(struct job *job)
{
	sodium_memzero(job->password, PASSWORD_SIZE);
	if (job->candidates)
		sodium_memzero(job->candidates,
		    (size_t)job->ncandidates * sizeof *job->candidates);
	free(job->candidates);
	job->candidates = NULL;
	job->ncandidates = 0;
}

void
job_free(struct jobs *js, struct job *job)
{
	job_wipe(job);
	if (job->prev)
		job->prev->next = job->next;
	else
		js->first = job->next;
	if (job->next)
		job->next->prev = job->prev;
	else
		js->last = job->prev;
	job->state = JOB_FREE;
	job->next = js->free;
	js->free = job;
	js->n--;
}
