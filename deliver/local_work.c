/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "deliver/reply.h"
#include "lib/log.h"
#include "lib/msg.h"
#include "lib/sock.h"

/* Up to here every file and folder is synced by itself; beyond, one syncfs
 * serves the whole batch. */
#define SYNC_EACH_MAX 2

/* A batch goes through its phases together, so that a batch costs two syncs:
 * data first, then names. */
struct batch {
	struct local_job jobs[DELIVER_BATCH_MAX];
	int n;
	int conn;
};

static int
fail(struct local_job *job, int conn, const char *doing)
{
	char text[DELIVER_TEXT_MAX];
	int saved = errno;

	snprintf(text, sizeof text, "unable to %s in mail/%s: %s", doing,
	    job->mailbox, strerror(saved));
	log_event("deferred", "id", *job->id ? job->id : NULL, "job",
	    log_num(job->number), "to",
	    *job->recipient ? job->recipient : NULL, "mailbox", job->mailbox, "reason", text);
	return local_answer(job, conn, 'T', text, NULL);
}

/* 1: read one.  0: nothing there now.  -1: the connection ended. */
static int
next(struct batch *b, int timeout_ms)
{
	char packet[DELIVER_MSG_MAX];
	int fd = -1, nfds = 0;
	ssize_t len;

	len = sock_recv(
	    b->conn, packet, sizeof packet, &fd, 1, &nfds, timeout_ms);
	if (len == -1 && (errno == EAGAIN || errno == ETIMEDOUT))
		return 0;
	if (len <= 0)
		return -1;
	if (local_job_scan(&b->jobs[b->n], packet, len, nfds ? fd : -1) == -1) {
		log_warn("malformed job from queued: connection closed");
		local_job_free(&b->jobs[b->n]);
		return -1;
	}
	b->n++;
	return 1;
}

static int
start(struct local_job *job, int conn)
{
	int rc;

	if (job->op == 'D') {
		rc = local_route(job, conn);
		if (rc != 1)
			return rc;
	}
	if (local_open(job) == -1) {
		/* the whole mailbox is gone, and what was staged with it */
		if (errno == ENOENT && job->op != 'D')
			return local_answer(job, conn,
			    job->op == 'R' ? 'G' : 'K', job->mailbox, NULL);
		return fail(job, conn, "open the folder");
	}
	switch (job->op) {
	case 'D':
		rc = local_write(job);
		return rc == 0 ? 0 : fail(job, conn, "write");
	case 'R':
		rc = local_rename(job);
		if (rc == 1)
			return local_answer(job, conn, 'G', job->mailbox, NULL);
		return rc == 0 ? 0 : fail(job, conn, "rename");
	default:
		rc = local_undo(job);
		return rc == 0 ? 0 : fail(job, conn, "undo");
	}
}

static int
count(const struct batch *b, enum local_state state)
{
	int i, n = 0;

	for (i = 0; i < b->n; i++)
		n += b->jobs[i].state == state;
	return n;
}

static int
sync_dirs(const struct local_job *job)
{
	static const char *const names[] = { "tmp", "new" };
	int fd, rc = 0;
	size_t i;

	for (i = 0; i < 2 && rc == 0; i++) {
		if (job->state == LOCAL_NAMED && i != (size_t)job->direct)
			continue;
		fd = openat(
		    job->folder, names[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd == -1)
			return -1;
		rc = fsync(fd);
		close(fd);
	}
	return rc;
}

/* Makes all jobs in that state durable: the files' data, or the names. */
static int
sync_state(struct batch *b, enum local_state state)
{
	int i, n = count(b, state), rc;
	struct local_job *job;

	for (i = 0; n && i < b->n; i++) {
		job = &b->jobs[i];
		if (job->state != state)
			continue;
		if (n > SYNC_EACH_MAX)
			rc = syncfs(job->folder);
		else if (state == LOCAL_WRITTEN)
			rc = fsync(job->fd);
		else
			rc = sync_dirs(job);
		if (rc == -1 && n > SYNC_EACH_MAX)
			return -1; /* nobody can say which: the caller ends */
		if (rc == -1 && fail(job, b->conn, "sync") == -1)
			return -1;
		if (n > SYNC_EACH_MAX)
			return 0;
	}
	return 0;
}

static int
answer_done(struct local_job *job, int conn)
{
	int rc;

	if (job->state == LOCAL_NAMED && !job->direct)
		return local_answer(job, conn, 'S', job->mailbox, job->name);
	if (job->moved) {
		rc = reply_make(job, conn);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
	}
	return local_answer(job, conn, 'K', job->mailbox, NULL);
}

static int
run(struct batch *b)
{
	int i;

	for (i = 0; i < b->n; i++)
		if (start(&b->jobs[i], b->conn) == -1)
			return -1;
	if (sync_state(b, LOCAL_WRITTEN) == -1)
		return -1;
	for (i = 0; i < b->n; i++)
		if (b->jobs[i].state == LOCAL_WRITTEN &&
		    local_name(&b->jobs[i]) == -1 &&
		    fail(&b->jobs[i], b->conn, "name the file") == -1)
			return -1;
	if (sync_state(b, LOCAL_NAMED) == -1 ||
	    sync_state(b, LOCAL_MOVED) == -1)
		return -1;
	for (i = 0; i < b->n; i++)
		if (b->jobs[i].state != LOCAL_ANSWERED &&
		    answer_done(&b->jobs[i], b->conn) == -1)
			return -1;
	return 0;
}

int
local_work(int conn)
{
	static struct batch b;
	int rc, i;

	b.conn = conn;
	for (;;) {
		b.n = 0;
		rc = next(&b, -1);
		while (rc == 1 && b.n < DELIVER_BATCH_MAX)
			rc = next(&b, 0);
		if (b.n && run(&b) == -1)
			rc = -1;
		for (i = 0; i < b.n; i++)
			local_job_free(&b.jobs[i]);
		if (rc == -1)
			return 0;
	}
}
