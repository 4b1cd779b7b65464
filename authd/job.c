/* SPDX-License-Identifier: ISC */
#include "authd/job.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "lib/log.h"

#define PASSWORD_SIZE (AUTHD_PASSWORD_MAX + 1)

int
jobs_init(struct jobs *js)
{
	struct job *job;
	int i;

	memset(js, 0, sizeof *js);
	js->all = calloc(JOBS_MAX, sizeof *js->all);
	js->passwords = calloc(JOBS_MAX, PASSWORD_SIZE);
	if (!js->all || !js->passwords)
		return -1;
	if (sodium_mlock(js->passwords, (size_t)JOBS_MAX * PASSWORD_SIZE) ==
	    -1)
		log_warnsys("unable to lock the memory of passwords "
		    "(ulimit -l): they could be swapped out");
	for (i = JOBS_MAX - 1; i >= 0; i--) {
		job = &js->all[i];
		job->password = js->passwords + (size_t)i * PASSWORD_SIZE;
		job->next = js->free;
		js->free = job;
	}
	return 0;
}

struct job *
job_new(struct jobs *js)
{
	struct job *job = js->free;
	char *password;

	if (!job)
		return NULL;
	js->free = job->next;
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
