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
#include "lib/clock.h"

/* Deadlines are times of clock_boot_ms; NEVER stands for a negative timeout. */
#define NEVER UINT64_MAX

union control {
	char buf[CMSG_SPACE(SOCK_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

static uint64_t
deadline_in(int timeout_ms)
{
	if (timeout_ms < 0)
		return NEVER;
	return timeout_ms ? clock_boot_ms() + (uint64_t)timeout_ms : 0;
}

/* Milliseconds left as poll takes them; 0 when there are none. */
static int
time_left(uint64_t deadline)
{
	uint64_t now;

	if (deadline == NEVER)
		return -1;
	now = deadline ? clock_boot_ms() : 0;
	return now < deadline ? (int)(deadline - now) : 0;
}

static int
wait_until(int fd, short events, uint64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do {
		n = poll(&p, 1, time_left(deadline));
	} while (n == -1 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	if (n == 1 && (p.revents & POLLNVAL)) {
		errno = EBADF;
		return -1;
	}
	return n == 1 ? 0 : -1;
}

int
sock_wait(int fd, short events, int timeout_ms)
{
	return wait_until(fd, events, deadline_in(timeout_ms));
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

static int
bind_aside(int fd, const char *aside, const char *path, mode_t mode)
{
	struct sockaddr_un sa;
	int saved;

	if (fill_address(&sa, aside) == -1)
		return -1;
	unlink(aside);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1)
		return -1;
	if (chmod(aside, mode) == 0 && listen(fd, SOCK_BACKLOG) == 0 &&
	    rename(aside, path) == 0)
		return 0;
	saved = errno;
	unlink(aside);
	errno = saved;
	return -1;
}

int
sock_listen(const char *path, mode_t mode)
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
	if (bind_aside(fd, aside, path, mode) == -1)
		return close_keep_errno(fd);
	return fd;
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
		left = time_left(deadline);
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

static void
put_fds(struct msghdr *m, union control *c, const int *fds, int nfds)
{
	struct cmsghdr *h;
	size_t bytes = (size_t)nfds * sizeof(int);

	memset(c, 0, sizeof(*c));
	m->msg_control = c->buf;
	m->msg_controllen = CMSG_SPACE(bytes);
	h = CMSG_FIRSTHDR(m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(bytes);
	memcpy(CMSG_DATA(h), fds, bytes);
}

static int
send_until(int fd, const struct msghdr *m, size_t len, uint64_t deadline)
{
	ssize_t n;

	for (;;) {
		n = sendmsg(fd, m, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == (ssize_t)len)
			return 0;
		if (n != -1) {
			errno = EPROTO;
			return -1;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || !deadline)
			return -1;
		if (wait_until(fd, POLLOUT, deadline) == -1)
			return -1;
	}
}

static int
send_packet(int fd, const void *buf, size_t len, const int *fds, int nfds,
    uint64_t deadline)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf,
		.iov_len = len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control c;

	if (!len || nfds < 0 || nfds > SOCK_FDS_MAX) {
		errno = EINVAL;
		return -1;
	}
	if (nfds)
		put_fds(&m, &c, fds, nfds);
	return send_until(fd, &m, len, deadline);
}

int
sock_send(int fd, const void *buf, size_t len, const int *fds, int nfds,
    int timeout_ms)
{
	return send_packet(fd, buf, len, fds, nfds, deadline_in(timeout_ms));
}

/* Keeps the first max descriptors, closes the others.  How many there were. */
static int
take_fds(struct msghdr *m, int *fds, int max)
{
	struct cmsghdr *h;
	int total = 0, one;
	size_t i, n;

	for (h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(
			    &one, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			if (total < max)
				fds[total] = one;
			else
				close(one);
			total++;
		}
	}
	return total;
}

static int
drop_fds(const int *fds, int n, int err)
{
	int i;

	for (i = 0; i < n; i++)
		close(fds[i]);
	errno = err;
	return -1;
}

static ssize_t
recv_until(int fd, struct msghdr *m, uint64_t deadline)
{
	size_t room = m->msg_controllen;
	ssize_t n;

	for (;;) {
		m->msg_controllen = room;
		n = recvmsg(fd, m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n != -1)
			return n;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || !deadline)
			return -1;
		if (wait_until(fd, POLLIN, deadline) == -1)
			return -1;
	}
}

static ssize_t
recv_packet(int fd, void *buf, size_t size, int *fds, int max_fds, int *nfds,
    uint64_t deadline)
{
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	union control c;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = c.buf,
		.msg_controllen = sizeof(c.buf) };
	ssize_t n;
	int got, kept;

	if (nfds)
		*nfds = 0;
	n = recv_until(fd, &m, deadline);
	if (n == -1)
		return -1;
	got = take_fds(&m, fds, max_fds);
	kept = got < max_fds ? got : max_fds;
	if (m.msg_flags & MSG_TRUNC)
		return drop_fds(fds, kept, EMSGSIZE);
	if (got > max_fds || (m.msg_flags & MSG_CTRUNC) || (n == 0 && got))
		return drop_fds(fds, kept, EPROTO);
	if (nfds)
		*nfds = got;
	return n;
}

ssize_t
sock_recv(int fd, void *buf, size_t size, int *fds, int max_fds, int *nfds,
    int timeout_ms)
{
	return recv_packet(
	    fd, buf, size, fds, max_fds, nfds, deadline_in(timeout_ms));
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
	if (send_packet(fd, request, len, fds, nfds, deadline) == 0 &&
	    wait_until(fd, POLLIN, deadline) == 0)
		n = recv_packet(fd, answer, size, answer_fd, answer_fd != NULL,
		    &got, deadline);
	if (n == 0 || (n == -1 && errno == EPIPE)) {
		errno = ECONNRESET;
		n = -1;
	}
	close_keep_errno(fd);
	return n;
}
