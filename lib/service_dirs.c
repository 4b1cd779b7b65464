/* SPDX-License-Identifier: ISC */
#include "lib/service_dirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/service.h"

#define DEPTH_MAX 64 /* folders in folders */

/* What a folder and all beneath it shall be. */
struct want {
	uid_t uid, old;
	gid_t gid;
	mode_t mode, filemode; /* 0: leave modes */
};

static int tree_mend(int dirfd, const char *name, const struct want *w,
    int depth);

const struct service_dir *
service_dir_find(const char *path)
{
	const struct service_dir *d;

	for (d = service_dirs; d->path; d++)
		if (strcmp(d->path, path) == 0)
			return d;
	return NULL;
}

/* One entry of a folder being mended; it vanishing meanwhile is no error. */
static int
entry_mend(int dirfd, const char *name, const struct want *w, int depth)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!w->filemode && st.st_uid != w->old)
		return 0;
	if (S_ISDIR(st.st_mode))
		return tree_mend(dirfd, name, w, depth + 1);
	if ((st.st_uid != w->uid || st.st_gid != w->gid) &&
	    fchownat(dirfd, name, w->uid, w->gid, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!w->filemode || !S_ISREG(st.st_mode) ||
	    (st.st_mode & 07777) == w->filemode)
		return 0;
	return fchmodat(dirfd, name, w->filemode, 0) == -1 && errno != ENOENT ?
	    -1 : 0;
}

static int
entries_mend(int fd, const struct want *w, int depth)
{
	DIR *d = fdopendir(fd); /* takes fd */
	struct dirent *e;
	int r = 0;

	if (!d) {
		close(fd);
		return -1;
	}
	while (r == 0 && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = entry_mend(dirfd(d), e->d_name, w, depth);
	closedir(d);
	return r;
}

/* The folder itself comes last, so that a half-done change is noticed. */
static int
tree_mend(int dirfd, const char *name, const struct want *w, int depth)
{
	int fd, r;

	if (depth > DEPTH_MAX) {
		errno = ELOOP;
		return -1;
	}
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	r = entries_mend(dup(fd), w, depth);
	if (r == 0 && fchown(fd, w->uid, w->gid) == -1)
		r = -1;
	if (r == 0 && w->mode && fchmod(fd, w->mode) == -1)
		r = -1;
	close(fd);
	return r;
}

/* Opens path, no component a link, making what is missing; -1. */
static int
open_made(const char *path)
{
	char part[256];
	int at = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;
	size_t n;
	bool made;

	for (; at != -1 && *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (n >= sizeof(part)) {
			close(at);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(part, path, n);
		part[n] = '\0';
		made = mkdirat(at, part, 0755) == 0;
		fd = openat(at, part,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (made && fd != -1)
			fchmod(fd, 0755); /* past our umask */
		close(at);
		at = fd;
	}
	return at;
}

static int
dir_mend(const struct service_dir *d, int fd)
{
	bool root = geteuid() == 0;
	struct want w = { 0 };
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	w.old = st.st_uid;
	w.uid = root ? service_uid(d->owner) : st.st_uid;
	w.gid = root ? (gid_t)service_uid(d->group) : st.st_gid;
	w.filemode = d->filemode;
	if (d->filemode)
		w.mode = d->mode;
	if (!root && st.st_uid != geteuid())
		return 0;
	if (root && (d->filemode || st.st_uid != w.uid) &&
	    strcmp(d->path, ".") != 0 && strcmp(d->path, "etc") != 0 &&
	    entries_mend(dup(fd), &w, 0) == -1)
		return -1;
	if ((st.st_uid != w.uid || st.st_gid != w.gid) &&
	    fchown(fd, w.uid, w.gid) == -1)
		return -1;
	return (st.st_mode & 07777) == d->mode ? 0 : fchmod(fd, d->mode);
}

int
service_dir_mend(const struct service_dir *dir)
{
	int fd = open_made(strcmp(dir->path, ".") == 0 ? "" : dir->path), r;

	if (fd == -1)
		return -1;
	r = dir_mend(dir, fd);
	close(fd);
	return r;
}

static int
file_mend(const struct service_dir *f)
{
	int fd = open(f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int r = 0;

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(fd, &st) == -1)
		r = -1;
	else if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
		errno = EMLINK;
		r = -1;
	} else if (geteuid() == 0)
		r = fchown(fd, service_uid(f->owner), service_uid(f->group));
	if (r == 0)
		r = fchmod(fd, f->mode);
	close(fd);
	return r;
}

int
service_dirs_mend(const char **what)
{
	const struct service_dir *d;

	for (d = service_dirs; d->path; d++) {
		*what = d->path;
		if (service_dir_mend(d) == -1)
			return -1;
	}
	for (d = service_files; d->path; d++) {
		*what = d->path;
		if (file_mend(d) == -1)
			return -1;
	}
	return 0;
}
