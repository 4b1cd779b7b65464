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
#include <time.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "lib/clock.h"

/* Readers remove what is older than 36 hours from tmp/; long before that,
 * nothing but its delivery takes a message away. */
#define TMP_SAFE_SECONDS (24 * 3600)
/* A folder this young may have been made by a sibling that has not synced it,
 * or died before it could. */
#define YOUNG_SECONDS 120

static bool
is_young(int fd)
{
	struct statx st;
	int64_t now = (int64_t)clock_wall_s();

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) == -1 ||
	    !(st.stx_mask & STATX_BTIME))
		return true;
	return llabs(now - st.stx_btime.tv_sec) < YOUNG_SECONDS;
}

static int
open_mail(void)
{
	return open("mail", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
sync_young(const struct local_job *job)
{
	int mail, rc;

	if (!is_young(job->folder))
		return 0;
	mail = open_mail();
	if (mail == -1)
		return -1;
	rc = fsync(job->folder) == -1 ? -1 : fsync(mail);
	close(mail);
	return rc;
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

int
local_open(struct local_job *job)
{
	char path[sizeof "mail/" + ADDR_MAILBOX_MAX];
	bool made = false;

	snprintf(path, sizeof path, "mail/%s", job->mailbox);
	for (;;) {
		job->folder = open(path,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (job->folder != -1 || errno != ENOENT || job->op != 'D' ||
		    made)
			break;
		if (make(job) == -1)
			return -1;
		made = true;
	}
	if (job->folder == -1)
		return -1;
	return made || job->op != 'D' ? 0 : sync_young(job);
}

static bool
is_whole(const struct local_job *job)
{
	static const char *const names[] = { "tmp", "new", "cur" };
	size_t i;

	for (i = 0; i < 3; i++)
		if (faccessat(job->folder, names[i], F_OK, 0) == -1)
			return false;
	return true;
}

int
local_mend(struct local_job *job)
{
	if (is_whole(job))
		return 0;
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
