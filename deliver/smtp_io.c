/* SPDX-License-Identifier: ISC */
#include "deliver/smtp_io.h"
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/deadline.h"

#define PUTS_SECONDS 300 /* of one command, where the buffer runs full */

void
smtp_io_open(struct smtp_io *io, int fd)
{
	io->fd = fd;
	io->inpos = io->inlen = io->outlen = 0;
}

void
smtp_io_close(struct smtp_io *io)
{
	if (io->fd != -1)
		close(io->fd);
	io->fd = -1;
}

uint64_t
smtp_io_deadline(const struct smtp_io *io, unsigned seconds)
{
	uint64_t end;

	if (io->cap_seconds && seconds > io->cap_seconds)
		seconds = io->cap_seconds;
	end = clock_boot_ms() + seconds * 1000ul;
	return io->deadline_ms && end > io->deadline_ms ? io->deadline_ms : end;
}

bool
smtp_io_is_stale(const struct smtp_io *io)
{
	struct pollfd p = { .fd = io->fd, .events = POLLIN };

	return io->fd == -1 || io->inpos != io->inlen || poll(&p, 1, 0) != 0;
}

bool
smtp_io_is_quiet(const struct smtp_io *io)
{
	char ch;

	if (io->inpos != io->inlen)
		return false;
	return recv(io->fd, &ch, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

int
smtp_io_flush(struct smtp_io *io, unsigned seconds)
{
	uint64_t deadline = smtp_io_deadline(io, seconds);
	size_t at = 0;
	ssize_t n;

	while (at < io->outlen) {
		n = send(io->fd, io->out + at, io->outlen - at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			at += (size_t)n;
		else if (n == -1 && errno == EAGAIN) {
			if (deadline_wait(io->fd, POLLOUT, deadline) == -1)
				return -1;
		} else if (n == -1 && errno != EINTR)
			return -1;
	}
	io->outlen = 0;
	return 0;
}

int
smtp_io_put(struct smtp_io *io, const char *data, size_t len, unsigned seconds)
{
	size_t n;

	while (len) {
		n = SMTP_OUT_SIZE - io->outlen;
		if (n > len)
			n = len;
		memcpy(io->out + io->outlen, data, n);
		io->outlen += n;
		data += n;
		len -= n;
		if (io->outlen == SMTP_OUT_SIZE &&
		    smtp_io_flush(io, seconds) == -1)
			return -1;
	}
	return 0;
}

int
smtp_io_puts_(struct smtp_io *io, ...)
{
	const char *s;
	va_list ap;
	int rc = 0;

	va_start(ap, io);
	while (rc == 0 && (s = va_arg(ap, const char *)))
		rc = smtp_io_put(io, s, strlen(s), PUTS_SECONDS);
	va_end(ap);
	return rc;
}

static int
fill(struct smtp_io *io, uint64_t deadline)
{
	ssize_t n;

	for (;;) {
		n = recv(io->fd, io->in, SMTP_IN_SIZE, MSG_DONTWAIT);
		if (n > 0)
			break;
		if (n == 0) {
			errno = ECONNRESET;
			return -1;
		}
		if (errno == EAGAIN) {
			if (deadline_wait(io->fd, POLLIN, deadline) == -1)
				return -1;
		} else if (errno != EINTR)
			return -1;
	}
	io->inpos = 0;
	io->inlen = (size_t)n;
	return 0;
}

int
smtp_io_reply(struct smtp_io *io, struct smtp_reply *r, unsigned seconds)
{
	uint64_t deadline = smtp_io_deadline(io, seconds);
	size_t used;
	int rc;

	smtp_reply_init(r);
	for (;;) {
		rc = smtp_reply_feed(
		    r, io->in + io->inpos, io->inlen - io->inpos, &used);
		io->inpos += used;
		if (rc == 1)
			return 0;
		if (rc == -1) {
			errno = EPROTO;
			return -1;
		}
		/* a drip that never ends keeps poll from waiting */
		if (deadline_left(deadline) == 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (fill(io, deadline) == -1)
			return -1;
	}
}
