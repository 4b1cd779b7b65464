/* SPDX-License-Identifier: ISC */
#include "deliver/local_job.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/msg.h"

static int
scan_delivery(struct local_job *job, struct msg_reader *r)
{
	if (msg_gets(r, job->id, sizeof job->id) == -1 ||
	    msg_gets(r, job->path, sizeof job->path) == -1 ||
	    msg_gets(r, job->sender, sizeof job->sender) == -1 ||
	    msg_gets(r, job->recipient, sizeof job->recipient) == -1 ||
	    msg_getn(r, &job->offset, INT64_MAX) == -1 ||
	    msg_getn(r, &job->size, INT64_MAX / 2) == -1 ||
	    msg_getn(r, &job->time, INT64_MAX) == -1 ||
	    msg_gets(r, job->head, sizeof job->head) == -1)
		return -1;
	return *job->id && *job->recipient && job->message != -1 ? 0 : -1;
}

/* A staged file's place comes back to us from queued: it must still be one. */
static int
scan_place(struct local_job *job, struct msg_reader *r)
{
	struct maildir_name m;

	if (msg_gets(r, job->mailbox, sizeof job->mailbox) == -1 ||
	    msg_gets(r, job->name, sizeof job->name) == -1 ||
	    (job->message != -1) != (r->op == 'L'))
		return -1;
	if (!addr_is_mailbox(job->mailbox, strlen(job->mailbox)) ||
	    maildir_parse(&m, job->name, strlen(job->name)) != 1)
		return -1;
	return 0;
}

/* Its texts are large: only their ends are set. */
static void
clear(struct local_job *job)
{
	job->number = job->offset = job->size = job->time = 0;
	*job->id = *job->path = *job->sender = *job->recipient = 0;
	*job->mailbox = *job->name = *job->head = 0;
	job->looped = job->moved = false;
	job->state = LOCAL_NEW;
	job->op = 0;
	job->message = job->folder = job->fd = -1;
}

int
local_job_scan(struct local_job *job, const char *packet, size_t len,
    int message)
{
	struct msg_reader r;
	uint64_t version;
	int rc;

	clear(job);
	job->message = message;
	if (msg_open(&r, packet, len) == -1 ||
	    msg_getn(&r, &version, UINT32_MAX) == -1 ||
	    version != DELIVER_VERSION ||
	    msg_getn(&r, &job->number, UINT64_MAX) == -1)
		goto bad;
	job->op = r.op;
	if (r.op == 'D' || r.op == 'C')
		rc = scan_delivery(job, &r);
	else if (r.op == 'R' || r.op == 'U' || r.op == 'L')
		rc = scan_place(job, &r);
	else
		rc = -1;
	if (rc == 0 && msg_close(&r) == 0)
		return 0;
bad:
	errno = EPROTO;
	return -1;
}

void
local_job_free(struct local_job *job)
{
	if (job->message != -1)
		close(job->message);
	if (job->folder != -1)
		close(job->folder);
	if (job->fd != -1)
		close(job->fd);
	job->message = job->folder = job->fd = -1;
}
