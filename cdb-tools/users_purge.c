/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_purge.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/sa.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

bool
users_purge_ready(const char *mailbox)
{
	int mails = open("mail", OPEN_DIR);
	bool is;

	if (mails == -1 || faccessat(mails, ".", W_OK | X_OK, AT_EACCESS) == -1)
		log_fatalsys(111, "unable to delete mail (root can)");
	is = faccessat(mails, mailbox, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	close(mails);
	return is;
}

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

void
users_purge_tree(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 &&
	    unlink_one(AT_FDCWD, path, st.st_dev, PURGE_DEPTH_MAX) == -1)
		log_warnsys("unable to delete ", path);
}

void
users_purge(const char *mailbox)
{
	stralloc aside = { 0 };
	struct stat st;
	int mails = open("mail", OPEN_DIR);

	sa_copys(&aside, ".removed.");
	sa_cats(&aside, mailbox);
	sa_append(&aside, '.');
	sa_cats(&aside, log_num(clock_wall_s()));
	sa_append(&aside, '.');
	sa_catul(&aside, (unsigned long)getpid());
	sa_0(&aside);
	if (mails == -1 || fstat(mails, &st) == -1 ||
	    renameat(mails, mailbox, mails, aside.s) == -1 ||
	    fsync(mails) == -1)
		log_fatalsys(111, "unable to take mail/", mailbox, " away");
	if (unlink_one(mails, aside.s, st.st_dev, PURGE_DEPTH_MAX) == -1)
		log_fatalsys(111, "unable to delete all of mail/", aside.s,
		    "; the mailbox is gone, remove the rest by hand");
	close(mails);
	sa_free(&aside);
}
