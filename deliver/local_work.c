/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include "deliver/local_batch.h"
#include "deliver/local_file.h"
#include "deliver/quota_warning.h"
#include "deliver/reply.h"
#include "lib/log.h"
#include "lib/sock.h"
#include "lib/table.h"

/* 1: read one.  0: nothing there now.  -1: the connection ended. */
static int
next(struct local_batch *b, int timeout_ms)
{
	static char packet[DELIVER_MSG_MAX];
	int fds[SOCK_FDS_MAX], nfds = 0, n;
	ssize_t len;

	len = sock_recv(b->conn, packet, sizeof packet, fds, SOCK_FDS_MAX,
	    &nfds, timeout_ms);
	if (len == -1 && (errno == EAGAIN || errno == ETIMEDOUT))
		return 0;
	if (len <= 0)
		return -1;
	n = local_jobs_scan(&b->jobs[b->n], packet, (size_t)len, fds, nfds);
	if (n == -1) {
		log_warn("malformed job from queued: connection closed");
		return -1;
	}
	b->n += n;
	return 1;
}

/* queued gave this job to somebody else, who may have come to its end: a name
 * given now might be renamed a second time. */
static bool
is_gone(int conn)
{
	struct pollfd p = { .fd = conn };

	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLERR);
}

static int
store(struct local_job *job, int conn)
{
	if (local_write(job) == -1)
		return local_fail(job, conn, "write");
	if (job->op == 'C') {
		job->state = LOCAL_NAMED;
		return 0;
	}
	if (is_gone(conn)) {
		local_forget(job);
		return -1;
	}
	return local_name(job) == 0 ? 0 : local_fail(job, conn, "name the file");
}

static int
start(struct local_job *job, int conn)
{
	int rc;

	if (local_delivers(job)) {
		rc = local_route(job, conn);
		if (rc != 1)
			return rc;
	}
	if (local_open(job) == -1) {
		/* the whole mailbox is gone, and what was staged with it */
		if (errno == ENOENT && !local_delivers(job))
			return local_answer(job, conn,
			    job->op == 'U' ? 'K' : 'G', job->mailbox, NULL);
		return local_fail(job, conn, "open the folder");
	}
	switch (job->op) {
	case 'D':
	case 'C': return store(job, conn);
	case 'L':
	case 'F':
		rc = local_link(job);
		return rc == 0 ? 0 : local_fail(job, conn, "link the file");
	case 'R':
		rc = local_rename(job);
		if (rc == 1)
			return local_answer(job, conn, 'G', job->mailbox, NULL);
		return rc == 0 ? 0 : local_fail(job, conn, "rename");
	default:
		rc = local_undo(job);
		return rc == 0 ? 0 : local_fail(job, conn, "undo");
	}
}

/* Of files without a name queued hears at once that they are written, so that its
 * requests to link them are here when they are durable. */
static int
tell_unnamed(struct local_batch *b)
{
	struct local_job *job;
	int i;

	for (i = 0; i < b->n; i++) {
		job = &b->jobs[i];
		if (job->op != 'C' || job->state != LOCAL_NAMED)
			continue;
		if (local_answer_later(job, b->conn) == -1)
			return -1;
		job->told = true;
	}
	return local_answers_send(b->conn);
}

static int
answer_moved(struct local_job *job, int conn)
{
	int rc;

	job->arrived = job->moved;
	if (job->moved) {
		rc = reply_make(job, conn);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
	}
	return local_answer_later(job, conn);
}

static int
answer_done(struct local_job *job, int conn)
{
	switch (job->state) {
	case LOCAL_MOVED:
		return answer_moved(job, conn);
	case LOCAL_NAMED:
		return local_answer_later(job, conn);
	default:
		return 0;
	}
}

/* Their answers are out: nobody waits for this. */
static void
after_arrivals(const struct local_batch *b)
{
	const struct local_job *job;
	struct maildir_name m;
	int i;

	for (i = 0; i < b->n; i++) {
		job = &b->jobs[i];
		if (job->arrived &&
		    maildir_parse(&m, job->name, strlen(job->name)) == 1)
			quota_delivered(job->mailbox, m.size);
	}
}

static int
run(struct local_batch *b)
{
	int i;

	for (i = 0; i < b->n; i++)
		if (start(&b->jobs[i], b->conn) == -1)
			return -1;
	if (tell_unnamed(b) == -1 || local_sync(b) == -1)
		return -1;
	for (i = 0; i < b->n; i++)
		if (answer_done(&b->jobs[i], b->conn) == -1)
			return -1;
	if (local_answers_send(b->conn) == -1)
		return -1;
	after_arrivals(b);
	return 0;
}

int
local_work(int conn)
{
	static struct local_batch b;
	int rc, i;

	b.conn = conn;
	for (;;) {
		b.n = 0;
		rc = next(&b, -1);
		while (rc == 1 && b.n <= DELIVER_BATCH_MAX - DELIVER_BUNDLE_MAX)
			rc = next(&b, 0);
		table_turn();
		local_folders_turn();
		if (b.n && run(&b) == -1)
			rc = -1;
		for (i = 0; i < b.n; i++)
			local_job_free(&b.jobs[i]);
		if (rc == -1)
			return 0;
	}
}
