/* SPDX-License-Identifier: ISC */
#include "queue/intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "cdb-tools/cdb-tools.h"
#include "lib/safefile.h"
#include "lib/service.h"
#include "queue/accept.h"
#include "queue/budget.h"
#include "queue/control_stats.h"
#include "queue/intake_check.h"
#include "queue/local.h"
#include "queue/loop.h"
#include "queue/redeem.h"
#include "queue/round.h"
#include "queue/spool_dirs.h"
#include "queue/work.h"

static struct pool checkers;
static uint64_t queue_max, databytes;

void
intake_read(void)
{
	queue_max = setting_number(SETTING_QUEUE_MAX);
	databytes = setting_number(SETTING_DATABYTES);
	budget_read();
}

int
intake_start(void)
{
	intake_read();
	return pool_start(&checkers, INTAKE_THREADS);
}

static void
intake_free(struct intake *in)
{
	if (in->s)
		in->s->in = NULL;
	if (in->list != -1)
		close(in->list);
	if (in->body != -1)
		close(in->body);
	if (in->writer != -1)
		close(in->writer);
	if (in->named && *in->id)
		unlinkat(spool_tmp(), in->id, 0);
	sa_free(&in->recipients);
	free(in);
}

void
intake_finish(struct intake *in)
{
	if (in->answer.result != QUEUE_ACCEPTED)
		intake_log_refused(in);
	if (in->s)
		session_answer(in->s, &in->answer, -1);
	intake_free(in);
}

/* The checks are over. */
static void
checked(struct job *j)
{
	struct intake *in = (struct intake *)j;

	if (in->answer.result != QUEUE_ACCEPTED || !in->s) {
		intake_finish(in);
		return;
	}
	intake_into_queue(in);
}

/* A local user's word is enough; a daemon of ours that has been taken over is
 * none, and smtpd's filters (QMAILQUEUE) pass its grant on. */
static bool
needs_grant(const struct intake *in)
{
	return in->foreign && (!in->inject || service_is_daemon(in->uid));
}

static void
check_relaying(struct job *j)
{
	struct intake *in = (struct intake *)j;

	if (in->answer.result == QUEUE_ACCEPTED && in->inject &&
	    !budget_suffices(in->uid, in->nrcpt))
		intake_refuse(in, QUEUE_MALFORMED,
		    "5.5.3 more recipients than etc/inject-budget ever allows: "
		    "send it in parts");
	if (in->answer.result == QUEUE_ACCEPTED && in->inject &&
	    !budget_spend(in->uid, in->nrcpt, loop_now()))
		intake_refuse(in, QUEUE_BUDGET,
		    "too many recipients this hour");
	if (in->answer.result != QUEUE_ACCEPTED || !needs_grant(in)) {
		checked(j);
		return;
	}
	in->job.done = checked;
	redeem(in);
}

static void
check_in_thread(struct job *j)
{
	struct intake *in = (struct intake *)j;
	struct table t;

	table_init(&t, ALIASES_CDB);
	if (intake_check_envelope(in, &t) == 0) {
		if (in->size > QUEUE_SMALL_MAX)
			intake_take_large(in);
		else
			intake_check_small(in);
	}
	table_close(&t);
}

static void
file_in_thread(struct job *j)
{
	struct intake *in = (struct intake *)j;
	struct table t;

	table_init(&t, ALIASES_CDB);
	if (intake_check_envelope(in, &t) == 0)
		intake_make_file(in);
	table_close(&t);
}

static void
commit_in_thread(struct job *j)
{
	intake_check_file((struct intake *)j);
}

static void
file_made(struct job *j)
{
	struct intake *in = (struct intake *)j;

	if (in->answer.result != QUEUE_ACCEPTED || !in->s) {
		intake_finish(in);
		return;
	}
	session_answer(in->s, &in->answer, in->writer);
	close(in->writer);
	in->writer = -1;
}

static void
in_thread(struct intake *in, void (*run)(struct job *),
    void (*done)(struct job *))
{
	in->job.run = run;
	in->job.done = done;
	pool_push(&checkers, &in->job);
}

/* Is there room at all?  Asked before anything is read. */
static int
check_room(struct intake *in)
{
	struct stat st;
	uint64_t size = in->most;

	if (in->body != -1 && fstat(in->body, &st) == 0 && st.st_size >= 0 &&
	    (uint64_t)st.st_size < size)
		size = (uint64_t)st.st_size;
	in->size = size; /* so far: the checks look closer */
	if (message_count() >= queue_max)
		return intake_refuse(in, QUEUE_FULL,
		    "too many messages in the queue");
	if (!spool_has_room(size))
		return intake_refuse(in, QUEUE_FULL, "the disk is full");
	return 0;
}

static struct intake *
intake_new(struct session *s, const struct queue_request *q, const int *fds,
    int nfds)
{
	struct intake *in = calloc(1, sizeof *in);
	int want = (q->op == 'M') + !q->recipients_len;

	if (!in)
		log_fatal(111, "out of memory");
	in->s = s;
	in->q = *q;
	in->uid = s->uid;
	in->inject = s->inject;
	in->most = s->inject ? databytes : QUEUE_SMALL_MAX;
	if (in->inject) /* a local user's word is none */
		*in->q.ip = *in->q.helo = *in->q.account = 0;
	in->list = in->body = in->writer = -1;
	in->accepted = clock_wall_s();
	if (q->op == 'M' && nfds)
		in->body = *fds++;
	if (nfds > (q->op == 'M' ? 1 : 0))
		in->list = *fds++;
	if (nfds > 1 && q->op != 'M')
		close(*fds);
	if (q->recipients_len)
		sa_copyb(&in->recipients, q->recipients, q->recipients_len);
	spool_new_id(in->id);
	if (nfds != want)
		intake_refuse(in, QUEUE_MALFORMED,
		    "5.6.0 descriptors are missing, or too many");
	/* who has a file to write to could fill the disk, databytes or not */
	else if (q->op == 'F' && s->inject)
		intake_refuse(in, QUEUE_MALFORMED,
		    "5.6.0 a file is for smtpd; hand over a memfd");
	return in;
}

void
intake_begin(struct session *s, const struct queue_request *q, const int *fds,
    int nfds)
{
	struct intake *in;

	if (s->in) /* a file that was never committed */
		intake_free(s->in);
	in = s->in = intake_new(s, q, fds, nfds);
	if (in->answer.result != QUEUE_ACCEPTED || check_room(in) == -1) {
		intake_finish(in);
		return;
	}
	if (q->op == 'F') {
		in_thread(in, file_in_thread, file_made);
	} else if (q->recipients_len > INTAKE_INLINE_RCPTS * 64 ||
	    !q->recipients_len || in->size > INTAKE_INLINE_BYTES) {
		in_thread(in, check_in_thread, check_relaying);
	} else {
		if (intake_check_envelope(in, NULL) == 0)
			intake_check_small(in);
		check_relaying(&in->job);
	}
}

void
intake_commit_file(struct session *s, uint64_t size)
{
	static const struct queue_answer no_file = {
		.result = QUEUE_MALFORMED, .reason = "5.6.0 no file to commit"
	};
	struct intake *in = s->in;

	if (!in || !in->in_place) {
		session_answer(s, &no_file, -1);
		return;
	}
	in->size = size;
	if (!spool_has_room(0)) {
		intake_refuse(in, QUEUE_FULL, "the disk is full");
		intake_finish(in);
		return;
	}
	in_thread(in, commit_in_thread, check_relaying);
}

void
intake_left(struct intake *in)
{
	bool waiting = in->s->busy;

	in->s = NULL;
	if (!waiting)
		intake_free(in);
}
