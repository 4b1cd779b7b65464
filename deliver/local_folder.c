/* SPDX-License-Identifier: ISC */
/* The folders of a mailbox: made, mended, and what can be told when a staged
 * message is no longer where it was. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include "deliver/local_file.h"
#include "lib/clock.h"

/* Readers remove what is older than 36 hours from tmp/; long before that,
 * nothing but its delivery takes a message away. */
#define TMP_SAFE_SECONDS (24 * 3600)
/* A folder this young may have been made by a sibling that has not synced it,
 * or died before it could... */
#define YOUNG_SECONDS 120
/* ... but that we made durable ourselves needs to be only once. */
#define SYNCED_MAX 1024
#define KEPT_MAX 64 /* folders, open */

/* What tells one folder from another that got its number later. */
struct folder {
	dev_t dev;
	uint64_t ino;
	int64_t born;
	uint32_t born_ns;
};

static int
identify(struct folder *f, const char *path)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME,
		&st) == -1)
		return -1;
	*f = (struct folder){ makedev(st.stx_dev_major, st.stx_dev_minor),
		st.stx_ino, (int64_t)clock_wall_s(), 0 };
	if (st.stx_mask & STATX_BTIME) {
		f->born = st.stx_btime.tv_sec;
		f->born_ns = st.stx_btime.tv_nsec;
	}
	return 0;
}

static struct folder *
synced_slot(const struct folder *f)
{
	static struct folder synced[SYNCED_MAX];

	return &synced[f->ino % SYNCED_MAX];
}

static bool
needs_sync(const struct folder *f)
{
	const struct folder *s = synced_slot(f);

	return llabs((int64_t)clock_wall_s() - f->born) < YOUNG_SECONDS &&
	    !(s->dev == f->dev && s->ino == f->ino && s->born == f->born &&
		s->born_ns == f->born_ns);
}

static int
open_mail(void)
{
	return open("mail", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
make(const struct local_job *job)
{
	int mail = open_mail(), rc;

	if (mail == -1)
		return -1;
	rc = maildir_create(mail, job->mailbox);
	close(mail);
	return rc;
}

static bool
is_whole(const struct local_job *job)
{
	size_t i;

	for (i = 0; i < MAILDIR_FOLDERS; i++)
		if (faccessat(job->folder, maildir_folders[i], F_OK, 0) == -1)
			return false;
	return true;
}

static int
sync_young(const struct local_job *job, const struct folder *f)
{
	int mail, rc;

	if (!needs_sync(f))
		return 0;
	/* half-made by a sibling: not synced for good before the rest is there */
	if (!is_whole(job) && make(job) == -1)
		return -1;
	mail = open_mail();
	if (mail == -1)
		return -1;
	rc = fsync(job->folder) == -1 ? -1 : fsync(mail);
	close(mail);
	if (rc == 0)
		*synced_slot(f) = *f;
	return rc;
}

/* Folders stay open for the next message: that the path still leads there is
 * cheaper to see than to open it.  One that is open keeps its inode number, so
 * no other folder can be taken for it. */
static struct kept {
	int fd; /* -1: none */
	dev_t dev;
	uint64_t ino, turn;
} kept[KEPT_MAX] = { [0 ... KEPT_MAX - 1] = { .fd = -1 } };
static uint64_t turn = 1;

void
local_folders_turn(void)
{
	turn++;
}

static void
keep(struct local_job *job, const struct folder *f)
{
	struct kept *k = &kept[f->ino % KEPT_MAX];

	if (k->fd != -1 && k->turn == turn)
		return; /* a job of this batch has that one */
	if (k->fd != -1)
		close(k->fd);
	*k = (struct kept){ job->folder, f->dev, f->ino, turn };
	job->kept = true;
}

static bool
open_kept(struct local_job *job, const struct folder *f)
{
	struct kept *k = &kept[f->ino % KEPT_MAX];

	if (k->fd == -1 || k->ino != f->ino || k->dev != f->dev)
		return false;
	k->turn = turn;
	job->folder = k->fd;
	job->kept = true;
	return true;
}

static int
open_path(struct local_job *job, const char *path, const struct folder *f)
{
	struct stat st;

	job->folder = open(path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (job->folder == -1)
		return -1;
	if (fstat(job->folder, &st) == -1)
		return -1;
	if (st.st_ino != f->ino || st.st_dev != f->dev) {
		errno = EAGAIN; /* another one, just now */
		return -1;
	}
	keep(job, f);
	return 0;
}

int
local_open(struct local_job *job)
{
	char path[sizeof "mail/" + ADDR_MAILBOX_MAX];
	bool made = false;
	struct folder f;

	snprintf(path, sizeof path, "mail/%s", job->mailbox);
	if (identify(&f, path) == -1) {
		if (errno != ENOENT || !local_delivers(job) || make(job) == -1)
			return -1;
		made = true;
		if (identify(&f, path) == -1)
			return -1;
	}
	if (!open_kept(job, &f) && open_path(job, path, &f) == -1)
		return -1;
	return made || !local_delivers(job) ? 0 : sync_young(job, &f);
}

int
local_mend(struct local_job *job)
{
	if (is_whole(job)) /* by now: a sibling may not have synced it */
		return fsync(job->folder);
	return make(job) == -1 ? -1 : 1;
}

static bool
is_in(const struct local_job *job, const char *where)
{
	int fd = openat(job->folder, where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	size_t len = strlen(job->name);
	struct dirent *e;
	bool found = false;

	if (!d) {
		if (fd != -1)
			close(fd);
		return false;
	}
	while (!found && (e = readdir(d)))
		found = strncmp(e->d_name, job->name, len) == 0 &&
		    (!e->d_name[len] || e->d_name[len] == ':');
	closedir(d);
	return found;
}

/* The name begins with the time when the message was accepted. */
bool
local_vanished(const struct local_job *job)
{
	uint64_t accepted = strtoull(job->name, NULL, 10);
	uint64_t now = clock_wall_s();

	return now > accepted && now - accepted > TMP_SAFE_SECONDS &&
	    !is_in(job, "new") && !is_in(job, "cur");
}
