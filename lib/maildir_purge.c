/* SPDX-License-Identifier: ISC */
#include "lib/maildir_purge.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static int empty(int fd, dev_t dev, int depth);

/* One entry, whatever it is.  0 or -1. */
static int
unlink_one(int fd, const char *name, dev_t dev, int depth)
{
	struct stat st;
	int sub, rc;

	if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	sub = openat(fd, name, OPEN_DIR);
	if (sub == -1)
		return -1;
	if (fstat(sub, &st) == -1 || st.st_dev != dev || depth == 0) {
		close(sub);
		errno = depth ? EXDEV : ENAMETOOLONG;
		return -1;
	}
	rc = empty(sub, dev, depth - 1);
	return rc == 0 ? unlinkat(fd, name, AT_REMOVEDIR) : -1;
}

/* All beneath; closes fd. */
static int
empty(int fd, dev_t dev, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int rc = 0, saved;

	if (!dir) {
		close(fd);
		return -1;
	}
	while (rc == 0 && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = unlink_one(fd, e->d_name, dev, depth);
	saved = errno;
	closedir(dir);
	errno = saved;
	return rc;
}

int
maildir_purge_tree(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	return unlink_one(AT_FDCWD, path, st.st_dev, MAILDIR_PURGE_DEPTH_MAX);
}

int
maildir_purge(stralloc *aside, int maildirs_fd, const char *mailbox)
{
	struct stat st;

	sa_copys(aside, ".removed.");
	sa_cats(aside, mailbox);
	sa_append(aside, '.');
	sa_catul(aside, (unsigned long)clock_wall_s());
	sa_append(aside, '.');
	sa_catul(aside, (unsigned long)getpid());
	sa_0(aside);
	if (fstat(maildirs_fd, &st) == -1 ||
	    renameat(maildirs_fd, mailbox, maildirs_fd, aside->s) == -1) {
		sa_clear(aside);
		sa_0(aside);
		return errno == ENOENT ? 0 : -1;
	}
	if (fsync(maildirs_fd) == -1 ||
	    unlink_one(maildirs_fd, aside->s, st.st_dev,
		MAILDIR_PURGE_DEPTH_MAX) == -1)
		return -1;
	return 1;
}
