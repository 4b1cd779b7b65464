/* SPDX-License-Identifier: ISC */
#include "cdb-tools/import_mail.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/service.h"

#define OPEN_FILE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

int
import_give(int fd)
{
	uid_t uid;

	if (geteuid() != 0)
		return 0;
	uid = service_uid("p-mail");
	return fchown(fd, uid, (gid_t)uid);
}

static int
copy_bytes(int from, int to)
{
	char buf[65536];
	ssize_t n, w;
	char *p;

	while ((n = read(from, buf, sizeof buf)) > 0)
		for (p = buf; n; p += w, n -= w) {
			w = write(to, p, (size_t)n);
			if (w == -1)
				return -1;
		}
	return (int)n;
}

void
import_copy_failed(
    struct import_copy *c, const char *what, const char *name)
{
	log_warnsys("unable to ", what, " ", c->box->maildir.s, ": ", name);
	c->failed = true;
}

void
import_left(struct import_copy *c, const char *name, const char *why)
{
	import_problem(c->im, c->box->maildir.s, 0, name, why, ", left there",
	    (char *)0);
}

/* The file, where it may be taken; -1: told, or not there. */
static int
open_file(struct import_copy *c, int dir, const char *name, struct stat *st)
{
	int fd = openat(dir, name, OPEN_FILE);

	if (fd == -1 && errno == ENOENT)
		return -1;
	if (fd != -1 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) &&
	    st->st_uid == c->owner)
		return fd;
	import_left(c, name, " is no file of the mailbox's owner");
	if (fd != -1)
		close(fd);
	return -1;
}

int
import_copy_file(
    struct import_copy *c, int from_dir, int to_dir, const char *name)
{
	struct timespec times[2];
	struct stat st;
	int from = open_file(c, from_dir, name, &st), to;

	if (from == -1)
		return 0;
	if (c->looking) {
		close(from);
		return 1;
	}
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (to == -1 || copy_bytes(from, to) == -1 || import_give(to) == -1 ||
	    futimens(to, times) == -1)
		import_copy_failed(c, "copy", name);
	close(from);
	if (to != -1 && close(to) == -1)
		import_copy_failed(c, "write", name);
	return 1;
}
