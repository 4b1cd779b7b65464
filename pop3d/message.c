/* SPDX-License-Identifier: ISC */
#include "pop3d/message.h"

#include <string.h>
#include <unistd.h>

#include "pop3d/scratch.h"

int
message_octets(int fd, uint64_t *octets)
{
	uint64_t total = 0;
	const char *p, *end;
	char last = '\n', before = '\0';
	ssize_t n;

	while ((n = read(fd, scratch, SCRATCH_SIZE)) > 0) {
		total += (uint64_t)n;
		end = scratch + n;
		for (p = scratch; (p = memchr(p, '\n', (size_t)(end - p))); p++)
			if ((p > scratch ? p[-1] : before) != '\r')
				total++;
		before = last = end[-1];
	}
	if (n == -1)
		return -1;
	if (last != '\n')
		total += last == '\r' ? 1 : 2;
	*octets = total;
	return 0;
}

void
message_start(struct message_writer *w, struct reply *r, uint32_t lines)
{
	*w = (struct message_writer){ .r = r, .lines = lines };
}

static void
end_line(struct message_writer *w)
{
	bool empty = w->column == 0 || (w->column == 1 && w->cr);

	reply_put(w->r, "\r\n" + w->cr, 2u - w->cr);
	w->column = 0;
	w->cr = false;
	if (w->body && w->lines != MESSAGE_ALL)
		w->lines--;
	if (empty)
		w->body = true;
	w->done = w->body && w->lines == 0;
}

void
message_piece(struct message_writer *w, const char *p, size_t len)
{
	const char *newline;
	size_t n;

	while (len > 0 && !w->done) {
		newline = memchr(p, '\n', len);
		n = newline ? (size_t)(newline - p) : len;
		if (n > 0) {
			if (w->column == 0 && *p == '.')
				reply_put(w->r, ".", 1);
			reply_put(w->r, p, n);
			w->column += n;
			w->cr = p[n - 1] == '\r';
		}
		if (!newline)
			return;
		end_line(w);
		p += n + 1;
		len -= n + 1;
	}
}

void
message_end(struct message_writer *w)
{
	if (w->column > 0)
		end_line(w);
	reply_put(w->r, ".\r\n", 3);
}

int
message_send(struct reply *r, int fd, uint32_t lines)
{
	struct message_writer w;
	ssize_t n;

	message_start(&w, r, lines);
	while (!w.done && !r->error &&
	       (n = read(fd, scratch, SCRATCH_SIZE)) != 0) {
		if (n == -1)
			return -1;
		message_piece(&w, scratch, (size_t)n);
	}
	if (r->error)
		return -1;
	message_end(&w);
	return 0;
}
