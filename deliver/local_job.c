/* SPDX-License-Identifier: ISC */
#include "deliver/local_job.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/msg.h"

/* The way and the lines in front may be long, and most jobs have neither. */
static int
take_texts(struct local_job *job, const char *path, size_t path_len,
    const char *head, size_t head_len)
{
	char *p;

	if (memchr(path, 0, path_len) || memchr(head, 0, head_len))
		return -1;
	if (!path_len && !head_len)
		return 0;
	p = job->texts = malloc(path_len + head_len + 2);
	if (!p)
		log_fatal(111, "out of memory");
	job->path = memcpy(p, path, path_len);
	p += path_len;
	*p++ = 0;
	job->head = memcpy(p, head, head_len);
	p[head_len] = 0;
	return 0;
}

static int
scan_delivery(struct local_job *job, struct msg_reader *r)
{
	const char *path, *head;
	size_t path_len, head_len;

	if (msg_gets(r, job->id, sizeof job->id) == -1 ||
	    msg_getb(r, &path, &path_len, LOCAL_PATH_MAX) == -1 ||
	    msg_gets(r, job->sender, sizeof job->sender) == -1 ||
	    msg_gets(r, job->recipient, sizeof job->recipient) == -1 ||
	    msg_getn(r, &job->offset, INT64_MAX) == -1 ||
	    msg_getn(r, &job->size, INT64_MAX / 2) == -1 ||
	    msg_getn(r, &job->time, INT64_MAX) == -1 ||
	    msg_getb(r, &head, &head_len, DELIVER_HEAD_MAX) == -1 ||
	    take_texts(job, path, path_len, head, head_len) == -1)
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

/* Of what is long only the ends are set. */
static void
clear(struct local_job *job)
{
	job->number = job->offset = job->size = job->time = job->text = 0;
	*job->id = *job->sender = *job->recipient = 0;
	*job->mailbox = *job->name = 0;
	job->path = job->head = "";
	job->texts = NULL;
	job->looped = job->moved = job->arrived = false;
	job->borrowed = job->kept = job->young = false;
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
	if (job->message != -1 && !job->borrowed)
		close(job->message);
	if (job->folder != -1 && !job->kept)
		close(job->folder);
	if (job->fd != -1)
		close(job->fd);
	free(job->texts);
	job->texts = NULL;
	job->path = job->head = "";
	job->message = job->folder = job->fd = -1;
}
