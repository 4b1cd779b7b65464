/* SPDX-License-Identifier: ISC */
#include "lib/sock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "lib/deadline.h"
#include "lib/sock_packet.h"

int
sock_wait(int fd, short events, int timeout_ms)
{
	return deadline_wait(fd, events, deadline_in(timeout_ms));
}

static int
fill_address(struct sockaddr_un *sa, const char *path)
{
	size_t len = strlen(path);

	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	if (!len || len >= sizeof(sa->sun_path)) {
		errno = len ? ENAMETOOLONG : ENOENT;
		return -1;
	}
	memcpy(sa->sun_path, path, len + 1);
	return 0;
}

static int
close_keep_errno(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

/* Only a socket may be replaced: what else lies there is a mistake to see. */
static int
check_replaceable(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : -1;
	if (S_ISSOCK(st.st_mode))
		return 0;
	errno = EEXIST;
	return -1;
}

/* What a socket is, before its name appears. */
struct made {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool listens;
};

static int
bind_aside(int fd, const char *aside, const char *path, const struct made *as)
{
	struct sockaddr_un sa;
	int saved;

	if (fill_address(&sa, aside) == -1)
		return -1;
	unlink(aside);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1)
		return -1;
	if (lchown(aside, as->uid, as->gid) == 0 &&
	    chmod(aside, as->mode) == 0 &&
	    (!as->listens || listen(fd, SOCK_BACKLOG) == 0) &&
	    rename(aside, path) == 0)
		return 0;
	saved = errno;
	unlink(aside);
	errno = saved;
	return -1;
}

static int
make_listener(const char *path, const struct made *as)
{
	struct sockaddr_un sa;
	char aside[sizeof(sa.sun_path)];
	int fd, n;

	if (fill_address(&sa, path) == -1 || check_replaceable(path) == -1)
		return -1;
	n = snprintf(aside, sizeof(aside), "%s.%ld", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(aside)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (bind_aside(fd, aside, path, as) == -1)
		return close_keep_errno(fd);
	return fd;
}

int
sock_listen(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	return make_listener(path, &(struct made){ mode, uid, gid, true });
}

int
sock_bind(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	return make_listener(path, &(struct made){ mode, uid, gid, false });
}

int
sock_accept(int listener, int flags, uid_t *uid, pid_t *pid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int fd;

	do {
		fd = accept4(listener, NULL, NULL, flags | SOCK_CLOEXEC);
	} while (fd == -1 && (errno == EINTR || errno == ECONNABORTED));
	if (fd == -1 || (!uid && !pid))
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return close_keep_errno(fd);
	if (uid)
		*uid = cred.uid;
	if (pid)
		*pid = cred.pid;
	return fd;
}

uid_t
sock_peer_uid(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return (uid_t)-1;
	return cred.uid;
}

/* A full backlog: connect again, blocking, with SO_SNDTIMEO as its clock (poll
 * does not tell when a UNIX listener has room). */
static int
connect_slowly(int fd, const struct sockaddr_un *sa, uint64_t deadline)
{
	struct timeval tv = { 0 };
	int left, rc;

	if (fcntl(fd, F_SETFL, 0) == -1)
		return -1;
	do {
		left = deadline_left(deadline);
		if (left == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (left > 0) {
			tv.tv_sec = left / 1000;
			tv.tv_usec = left % 1000 * 1000;
		}
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
		rc = connect(fd, (const struct sockaddr *)sa, sizeof(*sa));
	} while (rc == -1 && (errno == EINTR || errno == EAGAIN));
	tv = (struct timeval){ 0 };
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return rc;
}

/* The socket may come back blocking or not: every call here says
 * MSG_DONTWAIT. */
static int
connect_until(const char *path, uint64_t deadline)
{
	struct sockaddr_un sa;
	int fd, rc;

	if (fill_address(&sa, path) == -1)
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	rc = connect(fd, (const struct sockaddr *)&sa, sizeof(sa));
	if (rc == -1 && (errno == EAGAIN || errno == EINTR))
		rc = connect_slowly(fd, &sa, deadline);
	if (rc == -1)
		return close_keep_errno(fd);
	return fd;
}

int
sock_connect(const char *path, int timeout_ms)
{
	int fd = connect_until(path, deadline_in(timeout_ms));

	if (fd != -1 && fcntl(fd, F_SETFL, 0) == -1)
		return close_keep_errno(fd);
	return fd;
}

ssize_t
sock_call(const char *path, const void *request, size_t len, const int *fds,
    int nfds, void *answer, size_t size, int *answer_fd, int timeout_ms)
{
	uint64_t deadline = deadline_in(timeout_ms);
	int fd, got = 0;
	ssize_t n = -1;

	if (answer_fd)
		*answer_fd = -1;
	fd = connect_until(path, deadline);
	if (fd == -1)
		return -1;
	if (sock_send_until(fd, request, len, fds, nfds, deadline) == 0) {
		shutdown(fd, SHUT_WR);
		n = deadline_wait(fd, POLLIN, deadline);
	}
	if (n == 0)
		n = sock_recv_until(fd, answer, size, answer_fd,
		    answer_fd != NULL, &got, deadline);
	if (n == 0 || (n == -1 && errno == EPIPE)) {
		errno = ECONNRESET;
		n = -1;
	}
	close_keep_errno(fd);
	return n;
}
