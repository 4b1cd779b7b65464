/* SPDX-License-Identifier: ISC */
#include "lib/sock_packet.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/deadline.h"
#include "lib/sock.h"

union control {
	char buf[CMSG_SPACE(SOCK_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

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
		if (deadline_wait(fd, POLLOUT, deadline) == -1)
			return -1;
	}
}

int
sock_send_until(int fd, const void *buf, size_t len, const int *fds, int nfds,
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
	return sock_send_until(
	    fd, buf, len, fds, nfds, deadline_in(timeout_ms));
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
		if (deadline_wait(fd, POLLIN, deadline) == -1)
			return -1;
	}
}

ssize_t
sock_recv_until(int fd, void *buf, size_t size, int *fds, int max_fds,
    int *nfds, uint64_t deadline)
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
	return sock_recv_until(
	    fd, buf, size, fds, max_fds, nfds, deadline_in(timeout_ms));
}
