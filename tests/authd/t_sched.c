/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <string.h>
#include "authd/job.h"
#include "authd/sched.h"
#include "tests/lib/check.h"

static struct jobs jobs;
static struct sched sched;

static struct job *
add(const char *ip, bool good)
{
	struct job *job = job_new(&jobs);

	ip_parse(&job->net, ip);
	job->good_pair = good;
	if (sched_add(&sched, job) == 0)
		return job;
	job_free(&jobs, job);
	return NULL;
}

static void
finish(struct job *job)
{
	sched_done(&sched, job);
	job_free(&jobs, job);
}

/* Takes the next; is it of that address? */
static bool
next_is(const char *ip)
{
	struct job *job = sched_next(&sched);
	struct ip net;
	bool is;

	ip_parse(&net, ip);
	is = job && ip_equal(&job->net, &net);
	if (job)
		finish(job);
	return is;
}

static void
test_turns(void)
{
	int i;

	for (i = 0; i < 10; i++)
		add("192.0.2.1", false);
	for (i = 0; i < 3; i++)
		add("192.0.2.2", false);
	add("192.0.2.3", false);
	CHECK("the first", next_is("192.0.2.1"));
	CHECK("in turn", next_is("192.0.2.2"));
	CHECK("in turn", next_is("192.0.2.3"));
	CHECK("in turn", next_is("192.0.2.1"));
	add("192.0.2.4", false);
	CHECK("in turn", next_is("192.0.2.2"));
	CHECK("in turn", next_is("192.0.2.1"));
	CHECK("a newcomer soon", next_is("192.0.2.4") ||
	    next_is("192.0.2.4"));
	add("192.0.2.9", true);
	CHECK("a good pair first", next_is("192.0.2.9"));
	while (sched.waiting)
		finish(sched_next(&sched));
	CHECK("all are out", sched_next(&sched) == NULL && jobs.n == 0);
}

static void
test_limits(void)
{
	struct job *job, *held[SCHED_ADDRESS_JOBS];
	int i;

	for (i = 0; i < SCHED_ADDRESS_JOBS; i++)
		CHECK("room", add("192.0.2.1", false) != NULL);
	CHECK("too many", add("192.0.2.1", false) == NULL);
	CHECK("a good pair of the same", add("192.0.2.1", true) != NULL);
	CHECK("another address", add("192.0.2.2", false) != NULL);
	finish(sched_next(&sched));
	for (i = 0; i < 3; i++)
		held[i] = sched_next(&sched);
	CHECK("under way counts", add("192.0.2.1", false) == NULL);
	for (i = 0; i < 3; i++)
		finish(held[i]);
	CHECK("room again", add("192.0.2.1", false) != NULL);
	job = add("192.0.2.3", false);
	sched_remove(&sched, job);
	finish(job);
	while ((job = sched_next(&sched)) != NULL)
		finish(job);
	CHECK("none is left", jobs.n == 0 && !sched.turn);
	for (i = 0; i < SCHED_BUCKETS; i++)
		CHECK("no source is left", !sched.buckets[i]);
}

static void
test_crowd(void)
{
	struct job *job;
	struct ip net;
	int i;

	ip_parse(&net, "192.0.2.7");
	CHECK("nobody waits", !sched_crowd(&sched, &net));
	for (i = 0; i < 5; i++)
		add("192.0.2.1", false);
	add("192.0.2.2", false);
	job = sched_crowd(&sched, &net);
	CHECK("the newest of the crowd",
	    job && job->queue_next == NULL && job->queue_prev);
	ip_parse(&net, "192.0.2.1");
	CHECK("not for the crowd itself", !sched_crowd(&sched, &net));
	while ((job = sched_next(&sched)) != NULL)
		finish(job);
}

int
main(void)
{
	if (sodium_init() == -1 || jobs_init(&jobs) == -1)
		return 111;
	sched_init(&sched);
	test_turns();
	test_limits();
	test_crowd();
	return CHECK_DONE();
}
