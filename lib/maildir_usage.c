/* SPDX-License-Identifier: ISC */
#include "lib/maildir_usage.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/maildir.h"

/* The folder's entries; NULL: errno.  fd: AT_FDCWD or a folder. */
static DIR *
open_folder(int fd, const char *name)
{
	DIR *dir;

	fd = openat(
	    fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

/* A message's size from its name, or from the file where a foreign program
 * named it.  1, or 0: no message. */
static int
entry_size(int dir, const char *name, uint64_t *size)
{
	struct maildir_name m;
	struct stat st;

	if (maildir_parse(&m, name, strlen(name)) != 1)
		return 0;
	*size = m.size;
	if (m.has_size)
		return 1;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode))
		return 0;
	*size = (uint64_t)st.st_size;
	return 1;
}

/* 0 or -1; a folder that is not there holds nothing. */
static int
add_messages(struct maildir_usage *u, int at, const char *name)
{
	DIR *dir = open_folder(at, name);
	struct dirent *e;
	uint64_t size;

	if (!dir)
		return errno == ENOENT ? 0 : -1;
	while ((e = readdir(dir)))
		if (entry_size(dirfd(dir), e->d_name, &size)) {
			u->messages++;
			if (__builtin_add_overflow(u->bytes, size, &u->bytes))
				u->bytes = UINT64_MAX;
		}
	closedir(dir);
	return 0;
}

static int
add_both(struct maildir_usage *u, int at)
{
	return add_messages(u, at, "new") == -1 ||
		       add_messages(u, at, "cur") == -1
		   ? -1
		   : 0;
}

/* ".Sent" and the like; a file or a link of such a name is none. */
static int
add_folder(struct maildir_usage *u, int at, const struct dirent *e)
{
	int fd, rc;

	if (e->d_name[0] != '.' || !strcmp(e->d_name, ".") ||
	    !strcmp(e->d_name, "..") ||
	    (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
		return 0;
	fd = openat(at, e->d_name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			   ? 0
			   : -1;
	rc = add_both(u, fd);
	close(fd);
	return rc;
}

int
maildir_usage(struct maildir_usage *u, int maildirs_fd, const char *mailbox)
{
	DIR *dir = open_folder(maildirs_fd, mailbox);
	struct dirent *e;
	int rc;

	*u = (struct maildir_usage){ 0 };
	if (!dir)
		return errno == ENOENT ? 0 : -1;
	rc = add_both(u, dirfd(dir));
	u->inbox = u->messages;
	while (rc == 0 && (e = readdir(dir)))
		rc = add_folder(u, dirfd(dir), e);
	closedir(dir);
	return rc;
}
