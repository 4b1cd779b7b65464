/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "deliver/local_file.h"
#include "deliver/quota_warning.h"
#include "deliver/reply.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/msg.h"
#include "lib/sock.h"
#include "lib/table.h"

/* Up to here every file and folder is synced by itself; beyond, one syncfs
 * serves the whole batch... */
#define SYNC_EACH_MAX 1
/* ... but where it has to write out what others left on this file system, and
 * takes so long, each by itself for a while. */
#define SYNCFS_SLOW_MS 1000
#define SYNCFS_REST_MS 10000

/* All of a batch is done, then one sync makes it durable, then all is answered.
 * What is new lies in tmp/ under its name before its data is durable: nobody
 * reads there, and queued has it renamed only after the answer. */
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
		return fail(job, conn, "write");
	if (job->op == 'C') {
		job->state = LOCAL_NAMED;
		return 0;
	}
	if (is_gone(conn)) {
		local_forget(job);
		return -1;
	}
	return local_name(job) == 0 ? 0 : fail(job, conn, "name the file");
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
		return fail(job, conn, "open the folder");
	}
	switch (job->op) {
	case 'D':
	case 'C': return store(job, conn);
	case 'L':
		rc = local_link(job);
		return rc == 0 ? 0 : fail(job, conn, "link the file");
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
count_undurable(const struct batch *b)
{
	int i, n = 0;

	for (i = 0; i < b->n; i++)
		n += b->jobs[i].state != LOCAL_ANSWERED;
	return n;
}

static int
sync_dir(const struct local_job *job, const char *name)
{
	int rc, fd = openat(
	    job->folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int
sync_one(struct local_job *job)
{
	if (job->young && local_sync_young(job) == -1)
		return -1;
	if (job->state == LOCAL_NAMED && fsync(job->fd) == -1)
		return -1;
	if (job->state == LOCAL_MOVED && sync_dir(job, "new") == -1)
		return -1;
	return strchr("CL", job->op) ? 0 : sync_dir(job, "tmp");
}

/* 0, or -1: nobody can say which of them are not durable. */
static int
sync_all(struct batch *b, int folder, uint64_t *rest_until)
{
	uint64_t began = clock_boot_ms(), now;
	int i, rc = syncfs(folder);

	for (i = 0; rc == 0 && i < b->n; i++)
		if (b->jobs[i].young)
			local_synced_young(&b->jobs[i]);
	now = clock_boot_ms();
	if (now - began > SYNCFS_SLOW_MS)
		*rest_until = now + SYNCFS_REST_MS;
	return rc;
}

/* A link cannot be given up: it is there, and may have been fetched.  It is asked
 * for again on the next connection, and found made; its data is durable. */
static int
sync_failed(struct local_job *job, int conn)
{
	return job->op == 'L' ? -1 : fail(job, conn, "sync");
}

/* Makes all that is not answered yet durable. */
static int
sync_batch(struct batch *b)
{
	static uint64_t rest_until;
	int i, n = count_undurable(b);
	bool together = n > SYNC_EACH_MAX && clock_boot_ms() >= rest_until;
	struct local_job *job;

	for (i = 0; n && i < b->n; i++) {
		job = &b->jobs[i];
		if (job->state == LOCAL_ANSWERED)
			continue;
		if (together)
			return sync_all(b, job->folder, &rest_until);
		if (sync_one(job) == -1 && sync_failed(job, b->conn) == -1)
			return -1;
	}
	return 0;
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
after_arrivals(const struct batch *b)
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
run(struct batch *b)
{
	int i;

	for (i = 0; i < b->n; i++)
		if (start(&b->jobs[i], b->conn) == -1)
			return -1;
	if (sync_batch(b) == -1)
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
	static struct batch b;
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
