/* SPDX-License-Identifier: ISC */
#include "lib/safefile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE_NEW   0600  /* of a file made with mode 0 */
#define READ_CHUNK 65536 /* bytes */

int
safefile_begin(stralloc *tmp, const char *path, mode_t mode)
{
	int fd, saved;

	sa_copys(tmp, path);
	sa_cats(tmp, ".tmp.");
	sa_catul(tmp, (unsigned long)getpid());
	sa_0(tmp);
	/* one of our own pid can only be left over from a crash */
	unlink(tmp->s);
	fd = open(tmp->s, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (fchmod(fd, mode ? mode : MODE_NEW) == 0)
		return fd;
	saved = errno;
	safefile_abort(fd, tmp);
	errno = saved;
	return -1;
}

int
safefile_syncdir(const char *path)
{
	const char *slash = strrchr(path, '/');
	stralloc dir = { 0 };
	int fd, rc, saved;

	if (!slash)
		sa_copys(&dir, ".");
	else
		sa_copyb(
		    &dir, path, slash == path ? 1 : (size_t)(slash - path));
	sa_0(&dir);
	fd = open(dir.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd == -1 ? -1 : fsync(fd);
	saved = errno;
	if (fd != -1)
		close(fd);
	sa_free(&dir);
	errno = saved;
	return rc;
}

int
safefile_commit(int fd, const stralloc *tmp, const char *path)
{
	int saved;

	if (fsync(fd) == -1) {
		saved = errno;
		safefile_abort(fd, tmp);
		errno = saved;
		return -1;
	}
	if (close(fd) == -1 || rename(tmp->s, path) == -1) {
		saved = errno;
		unlink(tmp->s);
		errno = saved;
		return -1;
	}
	return safefile_syncdir(path);
}

void
safefile_abort(int fd, const stralloc *tmp)
{
	close(fd);
	unlink(tmp->s);
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, data, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int
safefile_write(const char *path, const char *data, size_t len, mode_t mode,
    uid_t uid, gid_t gid)
{
	stralloc tmp = { 0 };
	struct stat st;
	int fd, rc = -1, saved;

	if (mode == 0 && uid == (uid_t)-1 && stat(path, &st) == 0) {
		mode = st.st_mode & 07777;
		if (st.st_uid != geteuid() || st.st_gid != getegid()) {
			uid = st.st_uid;
			gid = st.st_gid;
		}
	}
	fd = safefile_begin(&tmp, path, mode);
	if (fd == -1)
		goto out;
	if ((uid != (uid_t)-1 && fchown(fd, uid, gid) == -1) ||
	    write_all(fd, data, len) == -1) {
		saved = errno;
		safefile_abort(fd, &tmp);
		errno = saved;
		goto out;
	}
	rc = safefile_commit(fd, &tmp, path);
out:
	saved = errno;
	sa_free(&tmp);
	errno = saved;
	return rc;
}

/* The file may grow under us: no more than max bytes are taken. */
static int
read_all(stralloc *out, int fd, size_t max)
{
	size_t chunk = max < READ_CHUNK ? max + 1 : READ_CHUNK;
	ssize_t n;

	for (;;) {
		sa_ready(out, chunk + 1);
		n = read(fd, out->s + out->len, chunk);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		out->len += (size_t)n;
		if (out->len > max) {
			errno = EFBIG;
			return -1;
		}
	}
	sa_0(out);
	return 1;
}

static int
read_regular(stralloc *out, int fd, size_t max)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return -1;
	}
	if ((uint64_t)st.st_size > max) {
		errno = EFBIG;
		return -1;
	}
	return read_all(out, fd, max);
}

int
safefile_read(stralloc *out, const char *path, size_t max)
{
	int fd, rc, saved;

	sa_clear(out);
	/* O_NONBLOCK: a FIFO by that name must not hold us up */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	rc = read_regular(out, fd, max);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}
