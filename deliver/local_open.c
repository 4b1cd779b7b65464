/* SPDX-License-Identifier: ISC */
/* The folder of a mailbox, found; and whether it is so new that it has to be made
 * durable with what is delivered. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "lib/clock.h"

/* A folder this young may have been made by a sibling that has not synced it,
 * or died before it could... */
#define YOUNG_SECONDS 120
/* ... but that we made durable ourselves needs to be only once. */
#define SYNCED_MAX 1024
#define KEPT_MAX 512 /* folders, open */

static int
identify(struct local_folder *f, const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME,
		&st) == -1)
		return -1;
	*f = (struct local_folder){ makedev(st.stx_dev_major, st.stx_dev_minor),
		st.stx_ino, (int64_t)clock_wall_s(), 0 };
	if (st.stx_mask & STATX_BTIME) {
		f->born = st.stx_btime.tv_sec;
		f->born_ns = st.stx_btime.tv_nsec;
	}
	return 0;
}

static struct local_folder *
synced_slot(const struct local_folder *f)
{
	static struct local_folder synced[SYNCED_MAX];

	return &synced[f->ino % SYNCED_MAX];
}

static bool
needs_sync(const struct local_folder *f)
{
	const struct local_folder *s = synced_slot(f);

	return llabs((int64_t)clock_wall_s() - f->born) < YOUNG_SECONDS &&
	    !(s->dev == f->dev && s->ino == f->ino && s->born == f->born &&
		s->born_ns == f->born_ns);
}

void
local_synced_young(struct local_job *job)
{
	*synced_slot(&job->which) = job->which;
	job->young = false;
}

/* A batch syncs it with what it writes there. */
static int
meet_young(struct local_job *job)
{
	/* half-made by a sibling: not synced for good before the rest is there */
	if (!local_is_whole(job) && local_make_folder(job) == -1)
		return -1;
	job->young = true;
	return 0;
}

/* Folders stay open for the next message: that the path still leads there is
 * cheaper to see than to open it, and is seen once a batch.  One that is open
 * keeps its inode number, so no other folder can be taken for it. */
struct kept {
	char mailbox[ADDR_MAILBOX_MAX + 1]; /* "": none */
	int fd;
	struct local_folder folder;
	uint64_t turn; /* when it was seen there */
};
static uint64_t turn = 1;

void
local_folders_turn(void)
{
	turn++;
}

static struct kept *
kept_slot(const char *mailbox)
{
	static struct kept kept[KEPT_MAX];
	uint32_t h = 5381;

	for (; *mailbox; mailbox++)
		h = h * 33 ^ (unsigned char)*mailbox;
	return &kept[h % KEPT_MAX];
}

static void
use(struct local_job *job, const struct kept *k)
{
	job->which = k->folder;
	job->folder = k->fd;
	job->kept = true;
}

static void
keep(struct local_job *job)
{
	struct kept *k = kept_slot(job->mailbox);

	if (*k->mailbox && k->turn == turn)
		return; /* a job of this batch has that one */
	if (*k->mailbox)
		close(k->fd);
	strcpy(k->mailbox, job->mailbox);
	k->fd = job->folder;
	k->folder = job->which;
	k->turn = turn;
	use(job, k);
}

static bool
open_kept(struct local_job *job)
{
	struct kept *k = kept_slot(job->mailbox);

	if (strcmp(k->mailbox, job->mailbox) != 0 ||
	    k->folder.ino != job->which.ino || k->folder.dev != job->which.dev)
		return false;
	k->turn = turn;
	use(job, k);
	return true;
}

static int
open_path(struct local_job *job, const char *path)
{
	struct stat st;

	job->folder = open(path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (job->folder == -1)
		return -1;
	if (fstat(job->folder, &st) == -1)
		return -1;
	if (st.st_ino != job->which.ino || st.st_dev != job->which.dev) {
		errno = EAGAIN; /* another one, just now */
		return -1;
	}
	keep(job);
	return 0;
}

/* 1: it is there.  0: it was made, and is durable.  -1. */
static int
find(struct local_job *job)
{
	char path[sizeof "mail/" + ADDR_MAILBOX_MAX];
	int rc = 1;

	snprintf(path, sizeof path, "mail/%s", job->mailbox);
	if (identify(&job->which, path) == -1) {
		if (errno != ENOENT || !local_delivers(job) ||
		    local_make_folder(job) == -1 ||
		    identify(&job->which, path) == -1)
			return -1;
		rc = 0;
	}
	return open_kept(job) || open_path(job, path) == 0 ? rc : -1;
}

int
local_open(struct local_job *job)
{
	const struct kept *k = kept_slot(job->mailbox);
	int rc = 1;

	if (k->turn == turn && strcmp(k->mailbox, job->mailbox) == 0)
		use(job, k);
	else
		rc = find(job);
	if (rc == 1 && local_delivers(job) && needs_sync(&job->which))
		rc = meet_young(job);
	return rc == -1 ? -1 : 0;
}
