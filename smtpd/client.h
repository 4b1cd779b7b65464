/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_CLIENT_H
#define SMTPD_CLIENT_H

/* The client's bytes in and out: two buffers, lines with a limit, deadlines.
 *
 * Replies gather in the output buffer and go out in one write when there is
 * nothing left to read, so that a pipelining client costs one write a batch. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_IN_SIZE         32768 /* bytes; a session touches all of them */
#define CLIENT_OUT_SIZE        4096  /* bytes */
#define CLIENT_LINE_MAX        2048  /* bytes of a command with its CRLF */
#define CLIENT_REPLY_MAX       510   /* bytes of a reply line, without CRLF */
#define CLIENT_COMMAND_SECONDS 300   /* RFC 5321 section 4.5.3.2.7 */
#define CLIENT_DATA_SECONDS    180   /* a block of data: 4.5.3.2.5 */
#define CLIENT_WRITE_SECONDS   120   /* a client that does not read replies */

enum client_line {
	CLIENT_LINE,     /* here it is */
	CLIENT_MORE,     /* not whole yet: client_fill */
	CLIENT_TOO_LONG, /* it was dropped, up to its end */
	CLIENT_BAD       /* a bare CR or LF, or a NUL */
};
struct client {
	int in, out;       /* non-blocking */
	uint64_t deadline; /* clock_boot_ms of the session's end */
	bool broken;       /* nothing can be sent any more */
	bool skipping;     /* in a line that is too long */
	bool more;         /* the last read was full: the next need not wait */
	size_t pos, len;   /* unread: in_buf[pos..len) */
	size_t out_len;
	char out_buf[CLIENT_OUT_SIZE];
	char in_buf[CLIENT_IN_SIZE];
};

void client_init(struct client *c, int in, int out);
/* The next line of the buffer, its CRLF replaced by a NUL.  It stays good until
 * the next client_fill. */
enum client_line client_line(struct client *c, char **line, size_t max);
/* Sends the replies, then waits for bytes.  1, 0: end of file, -1: errno,
 * ETIMEDOUT past seconds or the session's deadline. */
int client_fill(struct client *c, unsigned seconds);
/* Nothing unread in the buffer? */
bool client_is_drained(const struct client *c);
/* Appends a reply line: at most CLIENT_REPLY_MAX bytes, others than printable
 * ASCII become '?', CRLF behind it. */
void client_put(struct client *c, const char *s, size_t len);
/* Writes what is gathered.  0, or -1: the client is gone. */
int client_flush(struct client *c);
/* Writes what is gathered, and ends what we send: by TCP in one segment. */
void client_end(struct client *c);

#endif
