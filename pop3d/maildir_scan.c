/* SPDX-License-Identifier: ISC */
#include "pop3d/maildir_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "pop3d/scratch.h"

struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

int
maildir_scan(int dir_fd, bool in_new,
    void (*each)(void *arg, const char *name, size_t len, bool in_new),
    void *arg)
{
	const struct entry *e;
	long n, at;

	if (lseek(dir_fd, 0, SEEK_SET) == -1)
		return -1;
	for (;;) {
		n = syscall(SYS_getdents64, dir_fd, scratch, SCRATCH_SIZE);
		if (n <= 0)
			return n == 0 ? 0 : -1;
		for (at = 0; at < n; at += e->reclen) {
			e = (const void *)(scratch + at);
			if (e->type == DT_REG || e->type == DT_UNKNOWN)
				each(arg, e->name, strlen(e->name), in_new);
		}
	}
}

bool
maildir_is_empty(int dir_fd)
{
	struct stat st;
	_Alignas(struct entry) char buf[1024]; /* an empty one: 48 */
	const struct entry *e;
	long n, at;

	if (fstat(dir_fd, &st) == -1 || st.st_size > MAILDIR_SMALL)
		return false;
	while ((n = syscall(SYS_getdents64, dir_fd, buf, sizeof buf)) > 0)
		for (at = 0; at < n; at += e->reclen) {
			e = (const void *)(buf + at);
			if (e->type == DT_REG || e->type == DT_UNKNOWN)
				return false;
		}
	return n == 0;
}

struct cleaning {
	int fd;
	uint64_t before;
};

static void
clean_one(void *arg, const char *name, size_t len, bool in_new)
{
	const struct cleaning *c = arg;
	struct stat st;

	(void)len;
	(void)in_new;
	if (fstatat(c->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_mtime < (time_t)c->before)
		unlinkat(c->fd, name, 0);
}

void
maildir_clean_tmp(int mailbox_fd, uint64_t now_s)
{
	struct cleaning c = { .before = now_s - MAILDIR_TMP_SECONDS };

	c.fd = openat(
	    mailbox_fd, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c.fd == -1)
		return;
	maildir_scan(c.fd, false, clean_one, &c);
	close(c.fd);
}
