/* SPDX-License-Identifier: ISC */
#ifndef POP3D_LINES_H
#define POP3D_LINES_H

/* A client's command lines, bounded. */
#include <stdbool.h>
#include <stddef.h>
#include "pop3d/pop3d.h"

#define LINES_SIZE POP3D_AHEAD_MAX /* bytes: all of it may go ahead */

struct lines {
	int fd;
	size_t start, end; /* of what is unread in buf */
	bool skipping;     /* inside a line that is too long */
	char buf[LINES_SIZE];
};

void lines_init(struct lines *l, int fd);
/* The next line out of the buffer, without CRLF or LF: it stays in place until
 * the next lines_fill.  1; 0: no whole line there; -1: a line was longer than
 * max with its end and is dropped (told once, when its end is there). */
int lines_take(struct lines *l, char **line, size_t *len, size_t max);
/* Is there anything left that lines_take has not given? */
bool lines_buffered(const struct lines *l);
/* Waits for more.  1; 0: end of file; -1: errno (ETIMEDOUT, ECANCELED). */
int lines_fill(struct lines *l, int timeout_ms);
/* Overwrites all of it: passwords were there. */
void lines_wipe(struct lines *l);

#endif
