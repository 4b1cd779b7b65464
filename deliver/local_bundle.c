/* SPDX-License-Identifier: ISC */
/* Packets of several jobs, and of several answers (deliver.h, 'B'). */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "lib/msg.h"
#include "lib/sock.h"

#define ANSWER_MAX 1024 /* bytes of 'S', 'H' or 'K' */

/* Descriptors that no job has yet. */
struct fds {
	const int *fds;
	int n, message; /* message: that of all 'D' and 'C', or -1 */
};

static int
take(struct fds *f)
{
	if (!f->n)
		return -1;
	f->n--;
	return *f->fds++;
}

static int
scan_one(struct local_job *job, const char *p, size_t len, struct fds *f)
{
	bool deliver = len && (*p == 'D' || *p == 'C');
	bool borrowed = deliver && f->message != -1;
	static uint64_t texts;
	int fd = -1;

	if (deliver && !borrowed)
		texts++;
	if (borrowed)
		fd = f->message;
	else if (deliver || (len && *p == 'L'))
		fd = take(f);
	if (deliver)
		f->message = fd;
	if (local_job_scan(job, p, len, fd) == 0) {
		job->borrowed = borrowed;
		job->text = texts;
		return 0;
	}
	job->borrowed = borrowed;
	local_job_free(job);
	return -1;
}

/* Nothing is left behind of a packet that is nonsense somewhere. */
static int
refuse(struct local_job *jobs, int n, struct fds *f)
{
	while (n)
		local_job_free(&jobs[--n]);
	while (f->n)
		close(take(f));
	errno = EPROTO;
	return -1;
}

int
local_jobs_scan(struct local_job *jobs, const char *packet, size_t len,
    const int *fds, int nfds)
{
	struct fds f = { fds, nfds, -1 };
	struct msg_reader r;
	const char *one;
	int n = 0;

	if (!len || *packet != 'B') {
		if (scan_one(jobs, packet, len, &f) == -1)
			return refuse(jobs, 0, &f);
		return f.n ? refuse(jobs, 1, &f) : 1;
	}
	msg_open(&r, packet, len);
	while (n < DELIVER_BUNDLE_MAX && msg_more(&r)) {
		if (msg_getb(&r, &one, &len, DELIVER_MSG_MAX) == -1 ||
		    scan_one(&jobs[n], one, len, &f) == -1)
			return refuse(jobs, n, &f);
		n++;
	}
	return n && !f.n && msg_close(&r) == 0 ? n : refuse(jobs, n, &f);
}

/* Answers that wait for company. */
static struct {
	char one[ANSWER_MAX], all[DELIVER_BUNDLE_MAX * (ANSWER_MAX + 8)];
	struct msg_writer w;
	long len; /* of one, the last */
	int fds[DELIVER_BUNDLE_MAX], nfds, n;
} out;

int
local_answers_send(int conn)
{
	const char *p = out.n == 1 ? out.one : out.all;
	long len = out.n == 1 ? out.len : msg_end(&out.w);
	int rc = out.n ? sock_send(conn, p, (size_t)len, out.fds, out.nfds,
			     LOCAL_ANSWER_MS) : 0;

	out.n = out.nfds = 0;
	return rc;
}

int
local_answer_later(struct local_job *job, int conn)
{
	bool staged = job->state == LOCAL_NAMED;
	struct msg_writer w;

	if (!out.n)
		msg_start(&out.w, out.all, sizeof out.all, 'B');
	msg_start(&w, out.one, sizeof out.one,
	    !staged ? 'K' : job->op == 'C' ? 'H' : 'S');
	msg_putn(&w, job->number);
	msg_puts(&w, job->mailbox);
	if (staged)
		msg_puts(&w, job->name);
	out.len = msg_end(&w);
	if (out.len == -1)
		return -1;
	msg_putb(&out.w, out.one, (size_t)out.len);
	if (staged && job->op == 'C')
		out.fds[out.nfds++] = job->fd;
	job->state = LOCAL_ANSWERED;
	return ++out.n == DELIVER_BUNDLE_MAX ? local_answers_send(conn) : 0;
}
