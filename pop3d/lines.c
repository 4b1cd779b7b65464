/* SPDX-License-Identifier: ISC */
#include "pop3d/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "pop3d/wait.h"

void
lines_init(struct lines *l, int fd)
{
	l->fd = fd;
	l->start = l->end = 0;
	l->skipping = false;
}

int
lines_take(struct lines *l, char **line, size_t *len, size_t max)
{
	char *s = l->buf + l->start;
	char *newline = memchr(s, '\n', l->end - l->start);
	size_t n;
	bool skipped = l->skipping;

	if (!newline) {
		if (l->skipping || l->end - l->start >= max) {
			l->skipping = true;
			l->start = l->end = 0;
		}
		return 0;
	}
	n = (size_t)(newline + 1 - s);
	l->start += n;
	l->skipping = false;
	if (skipped || n > max)
		return -1;
	n--;
	if (n > 0 && s[n - 1] == '\r')
		n--;
	*line = s;
	*len = n;
	return 1;
}

bool
lines_buffered(const struct lines *l)
{
	return l->skipping || l->start < l->end;
}

int
lines_fill(struct lines *l, int timeout_ms)
{
	ssize_t n;

	if (l->start > 0) {
		memmove(l->buf, l->buf + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
	}
	for (;;) {
		if (wait_io(l->fd, POLLIN, timeout_ms) == -1)
			return -1;
		n = read(l->fd, l->buf + l->end, sizeof l->buf - l->end);
		if (n > 0) {
			l->end += (size_t)n;
			return 1;
		}
		if (n == 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
}

void
lines_wipe(struct lines *l)
{
	explicit_bzero(l->buf, sizeof l->buf);
	l->start = l->end = 0;
}
