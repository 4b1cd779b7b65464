/* SPDX-License-Identifier: ISC */
#include "pop3d/reply.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pop3d/wait.h"

void
reply_init(struct reply *r, int fd, int timeout_ms)
{
	r->fd = fd;
	r->error = r->flags = 0;
	r->timeout_ms = timeout_ms;
	r->len = 0;
	r->sent = 0;
}

/* A socket nearly always has room, and says so itself; a pipe (under a UCSPI
 * server) may block.  0: there is room now. */
static ssize_t
write_some(struct reply *r, const char *buf, size_t len)
{
	ssize_t n = send(
	    r->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL | r->flags);

	if (n != -1 || (errno != EAGAIN && errno != ENOTSOCK))
		return n;
	if (errno == EAGAIN)
		return wait_io(r->fd, POLLOUT, r->timeout_ms);
	if (wait_io(r->fd, POLLOUT, r->timeout_ms) == -1)
		return -1;
	return write(r->fd, buf, len);
}

int
reply_flush(struct reply *r)
{
	size_t done = 0;
	ssize_t n;

	while (done < r->len && !r->error) {
		n = write_some(r, r->buf + done, r->len - done);
		if (n != -1)
			done += (size_t)n;
		else if (errno != EINTR && errno != EAGAIN)
			r->error = errno;
	}
	r->sent += done;
	r->len = 0;
	if (!r->error)
		return 0;
	errno = r->error;
	return -1;
}

int
reply_end(struct reply *r)
{
	int rc;

	r->flags = MSG_MORE;
	rc = reply_flush(r);
	shutdown(r->fd, SHUT_WR); /* a pipe has no such thing */
	return rc;
}

char *
reply_room(struct reply *r, size_t need)
{
	if (REPLY_SIZE - r->len < need)
		reply_flush(r);
	return r->buf + r->len;
}

void
reply_put(struct reply *r, const void *data, size_t len)
{
	const char *p = data;
	size_t n;

	while (len > 0) {
		if (r->len == REPLY_SIZE)
			reply_flush(r);
		n = REPLY_SIZE - r->len;
		if (n > len)
			n = len;
		memcpy(r->buf + r->len, p, n);
		r->len += n;
		p += n;
		len -= n;
	}
}

void
reply_cat(struct reply *r, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, r);
	while ((s = va_arg(ap, const char *)))
		reply_put(r, s, strlen(s));
	va_end(ap);
}

void
reply_num(struct reply *r, uint64_t n)
{
	char text[20];
	size_t i = sizeof text;

	do {
		text[--i] = (char)('0' + n % 10);
	} while (n /= 10);
	reply_put(r, text + i, sizeof text - i);
}
