/* SPDX-License-Identifier: ISC */
#include "smtpd/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/sock.h"

static void
nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags != -1 && !(flags & O_NONBLOCK))
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void
client_init(struct client *c, int in, int out)
{
	nonblocking(in);
	if (out != in)
		nonblocking(out);
	c->in = in;
	c->out = out;
	c->pos = c->len = c->out_len = 0;
	c->broken = c->skipping = c->more = false;
}

bool
client_is_drained(const struct client *c)
{
	return c->pos == c->len;
}

/* line[0..len) with its LF at line[len]: strict, and a C string after. */
static enum client_line
finish_line(char *line, size_t len)
{
	if (!len || line[len - 1] != '\r' || memchr(line, '\r', len - 1) ||
	    memchr(line, 0, len))
		return CLIENT_BAD;
	line[len - 1] = 0;
	return CLIENT_LINE;
}

enum client_line
client_line(struct client *c, char **line, size_t max)
{
	char *start = c->in_buf + c->pos, *lf;
	size_t avail = c->len - c->pos, len;
	bool skipped = c->skipping;

	lf = avail ? memchr(start, '\n', avail) : NULL;
	if (!lf) {
		if (avail < max && !skipped)
			return CLIENT_MORE;
		c->skipping = true;
		c->pos = c->len;
		return CLIENT_MORE;
	}
	len = (size_t)(lf - start);
	c->pos += len + 1;
	c->skipping = false;
	if (skipped || len + 1 > max)
		return CLIENT_TOO_LONG;
	*line = start;
	return finish_line(start, len);
}

/* Milliseconds to the session's end, at most max; 0 with errno: it is past. */
static uint64_t
time_left(const struct client *c, uint64_t max)
{
	uint64_t now;

	if (!c->deadline)
		return max;
	now = clock_boot_ms();
	errno = ETIMEDOUT;
	if (now >= c->deadline)
		return 0;
	return c->deadline - now < max ? c->deadline - now : max;
}

/* Waits at most this long, and never past the session's end. */
static int
wait_until(const struct client *c, int fd, short events, unsigned seconds)
{
	uint64_t ms = time_left(c, seconds * 1000UL);

	return ms ? sock_wait(fd, events, (int)ms) : -1;
}

/* Are there bytes to read, or an end?  Who sends without a pause is not waited
 * for, and leaves in time like all others. */
static int
wait_in(const struct client *c, unsigned seconds)
{
	if (c->more)
		return time_left(c, 1) ? 0 : -1;
	return wait_until(c, c->in, POLLIN, seconds);
}

int
client_fill(struct client *c, unsigned seconds)
{
	size_t room;
	ssize_t n;

	if (client_flush(c) == -1)
		return -1;
	if (c->pos) {
		memmove(c->in_buf, c->in_buf + c->pos, c->len - c->pos);
		c->len -= c->pos;
		c->pos = 0;
	}
	room = CLIENT_IN_SIZE - c->len;
	do {
		if (wait_in(c, seconds) == -1)
			return -1;
		n = read(c->in, c->in_buf + c->len, room);
		c->more = n == (ssize_t)room;
	} while (n == -1 && (errno == EAGAIN || errno == EINTR));
	if (n <= 0)
		return (int)n;
	c->len += (size_t)n;
	return 1;
}

void
client_put(struct client *c, const char *s, size_t len)
{
	size_t i;

	if (len > CLIENT_REPLY_MAX)
		len = CLIENT_REPLY_MAX;
	if (c->out_len + len + 2 > CLIENT_OUT_SIZE && client_flush(c) == -1)
		return;
	for (i = 0; i < len; i++)
		c->out_buf[c->out_len++] =
		    s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	c->out_buf[c->out_len++] = '\r';
	c->out_buf[c->out_len++] = '\n';
}

static ssize_t
write_some(const struct client *c, const char *s, size_t len, int flags)
{
	ssize_t n;

	if (!flags)
		return write(c->out, s, len);
	n = send(c->out, s, len, flags);
	return n == -1 && errno == ENOTSOCK ? write(c->out, s, len) : n;
}

static int
flush(struct client *c, int flags)
{
	size_t done = 0, len = c->out_len;
	ssize_t n;

	c->out_len = 0;
	while (done < len && !c->broken) {
		n = write_some(c, c->out_buf + done, len - done, flags);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			c->broken = wait_until(c, c->out, POLLOUT,
					CLIENT_WRITE_SECONDS) == -1;
		else
			c->broken = errno != EINTR;
	}
	return c->broken ? -1 : 0;
}

int
client_flush(struct client *c)
{
	return flush(c, 0);
}

void
client_end(struct client *c)
{
	flush(c, MSG_MORE | MSG_NOSIGNAL);
	shutdown(c->out, SHUT_WR); /* a pipe has no such thing */
}
