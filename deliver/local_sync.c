/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "deliver/local_batch.h"
#include "lib/clock.h"
#include "lib/log.h"

/* Up to here every file and folder is synced by itself; beyond, one syncfs
 * serves the whole batch... */
#define SYNC_EACH_MAX 1
/* ... but where it has to write out what others left on this file system, and
 * takes so long, each by itself for a while. */
#define SYNCFS_SLOW_MS 1000
#define SYNCFS_REST_MS 10000

static bool
is_undurable(const struct local_job *job)
{
	return job->state != LOCAL_ANSWERED || job->told;
}

static int
count_undurable(const struct local_batch *b)
{
	int i, n = 0;

	for (i = 0; i < b->n; i++)
		n += is_undurable(&b->jobs[i]);
	return n;
}

static int
sync_dir(const struct local_job *job, const char *name)
{
	int rc,
	    fd = openat(job->folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int
sync_one(const struct local_job *job)
{
	switch (job->op) {
	case 'C':
		return fsync(job->fd);
	case 'D':
		return fsync(job->fd) == -1 ? -1 : sync_dir(job, "tmp");
	case 'L':
	case 'F':
		return sync_dir(job, "new");
	case 'R':
		if (sync_dir(job, "new") == -1)
			return -1;
		/* fall through */
	default:
		return sync_dir(job, "tmp");
	}
}

/* 0, or -1: nobody can say which of them are not durable. */
static int
sync_all(struct local_batch *b, int folder, uint64_t *rest_until)
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

void
local_spoil(int fd)
{
	int saved = errno;

	if (ftruncate(fd, 0) == -1)
		log_warnsys("unable to empty a file that cannot be synced");
	errno = saved;
}

/* A link cannot be given up: it is there, and may have been fetched.  It is
 * asked for again on the next connection, and found made; its data is durable.
 * Nor can what queued was told of: it asks for the link on the next connection,
 * in vain. */
static int
sync_failed(struct local_job *job, int conn)
{
	if (!job->told && !local_links(job->op))
		return local_fail(job, conn, "sync");
	log_warnsys("unable to sync mail/", job->mailbox);
	if (job->told)
		local_spoil(job->fd);
	return -1;
}

int
local_sync(struct local_batch *b)
{
	static uint64_t rest_until;
	int i, rc, n = count_undurable(b);
	bool together = n > SYNC_EACH_MAX && clock_boot_ms() >= rest_until;
	struct local_job *job;

	for (i = 0; n && i < b->n; i++) {
		job = &b->jobs[i];
		if (!is_undurable(job))
			continue;
		if (together)
			return sync_all(b, job->folder, &rest_until);
		rc = job->young ? local_sync_young(job) : 0;
		if (rc == 0)
			rc = sync_one(job);
		if (rc == -1 && sync_failed(job, b->conn) == -1)
			return -1;
	}
	return 0;
}
