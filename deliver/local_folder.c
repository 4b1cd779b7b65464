/* SPDX-License-Identifier: ISC */
/* The folders of a mailbox: made, mended, synced, and what can be told when a
 * staged message is no longer where it was. */
#include "deliver/local_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "lib/clock.h"

/* Readers remove what is older than 36 hours from tmp/; long before that,
 * nothing but its delivery takes a message away. */
#define TMP_SAFE_SECONDS (24 * 3600)

static int
open_mail(void)
{
	return open("mail", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
local_make_folder(const struct local_job *job)
{
	int mail = open_mail(), rc;

	if (mail == -1)
		return -1;
	rc = maildir_create(mail, job->mailbox);
	close(mail);
	return rc;
}

bool
local_is_whole(const struct local_job *job)
{
	size_t i;

	for (i = 0; i < MAILDIR_FOLDERS; i++)
		if (faccessat(job->folder, maildir_folders[i], F_OK, 0) == -1)
			return false;
	return true;
}

int
local_look_new(const struct local_job *job)
{
	struct stat st;

	if (fstatat(job->folder, "new", &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? 0 : -1;
}

int
local_sync_young(struct local_job *job)
{
	int mail = open_mail(), rc;

	if (mail == -1)
		return -1;
	rc = fsync(job->folder) == -1 ? -1 : fsync(mail);
	close(mail);
	if (rc == 0)
		local_synced_young(job);
	return rc;
}

int
local_mend(struct local_job *job)
{
	if (local_is_whole(job)) /* by now: a sibling may not have synced it */
		return fsync(job->folder);
	return local_make_folder(job) == -1 ? -1 : 1;
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
