/* SPDX-License-Identifier: ISC */
/* Lines out of a socket, cut over every packet border. */
#include "smtpd/client.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/clock.h"
#include "tests/lib/check.h"

#define MAX 16 /* bytes of a line here */

static const struct row {
	const char *name, *in;
	size_t len;
	enum client_line result[4]; /* of the lines; CLIENT_MORE ends */
	const char *line;           /* the first CLIENT_LINE's text */
} rows[] = {
#define B(s) s, sizeof s - 1
	{ "one", B("QUIT\r\n"), { CLIENT_LINE, CLIENT_MORE }, "QUIT" },
	{ "two", B("A\r\nB\r\n"), { CLIENT_LINE, CLIENT_LINE, CLIENT_MORE },
	    "A" },
	{ "empty", B("\r\n"), { CLIENT_LINE, CLIENT_MORE }, "" },
	{ "not ended", B("QUIT"), { CLIENT_MORE }, NULL },
	{ "bare LF", B("QUIT\n"), { CLIENT_BAD, CLIENT_MORE }, NULL },
	{ "LF alone", B("\n"), { CLIENT_BAD, CLIENT_MORE }, NULL },
	{ "bare CR", B("A\rB\r\n"), { CLIENT_BAD, CLIENT_MORE }, NULL },
	{ "two CR", B("A\r\r\n"), { CLIENT_BAD, CLIENT_MORE }, NULL },
	{ "NUL", B("A\0B\r\n"), { CLIENT_BAD, CLIENT_MORE }, NULL },
	{ "as long as can be", B("12345678901234\r\n"),
	    { CLIENT_LINE, CLIENT_MORE }, "12345678901234" },
	{ "one longer", B("123456789012345\r\nOK\r\n"),
	    { CLIENT_TOO_LONG, CLIENT_LINE, CLIENT_MORE }, "OK" },
	{ "much longer", B("1234567890123456789012345678901234\r\nOK\r\n"),
	    { CLIENT_TOO_LONG, CLIENT_LINE, CLIENT_MORE }, "OK" },
	{ "long and not ended", B("123456789012345678901234567890"),
	    { CLIENT_MORE }, NULL },
};

static struct client c;

/* Reads all that comes in two packets; do the lines fit the row? */
static bool
plays(const struct row *r, size_t cut)
{
	const char *first = NULL;
	char *line, keep[64];
	int fd[2], n = 0, got;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		return false;
	client_init(&c, fd[0], fd[0]);
	if (write(fd[1], r->in, cut) != (ssize_t)cut)
		return false;
	for (got = 0;;) {
		enum client_line l = client_line(&c, &line, MAX);

		if (l == CLIENT_MORE && got == 0) {
			if (cut && client_fill(&c, 1) != 1)
				return false;
			got = 1;
			if (write(fd[1], r->in + cut, r->len - cut) == -1)
				return false;
			shutdown(fd[1], SHUT_WR);
			continue;
		}
		if (l == CLIENT_MORE && client_fill(&c, 1) == 1)
			continue;
		if (r->result[n++] != l)
			break;
		if (l == CLIENT_LINE && !first)
			first = strcpy(keep, line);
		if (l == CLIENT_MORE) {
			close(fd[0]);
			close(fd[1]);
			return !r->line || (first && !strcmp(first, r->line));
		}
	}
	close(fd[0]);
	close(fd[1]);
	return false;
}

static void
replies(void)
{
	char got[8192], big[1000];
	int fd[2], i, r;

	memset(big, 'x', sizeof big);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == -1)
		return;
	client_init(&c, fd[0], fd[0]);
	client_put(&c, "250 a\r\n\xff z", 10);
	CHECK("gathered", recv(fd[1], got, sizeof got, MSG_DONTWAIT) == -1);
	CHECK("flush", client_flush(&c) == 0);
	r = (int)read(fd[1], got, sizeof got);
	CHECK("made printable", r == 12 && !memcmp(got, "250 a??? z\r\n", 12));
	client_put(&c, big, sizeof big);
	client_flush(&c);
	r = (int)read(fd[1], got, sizeof got);
	CHECK("cut", r == CLIENT_REPLY_MAX + 2);
	for (i = 0; i < 12; i++)
		client_put(&c, big, 500);
	client_flush(&c);
	r = (int)recv(fd[1], got, sizeof got, MSG_WAITALL | MSG_DONTWAIT);
	CHECK("more than the buffer", r == 12 * 502);
	errno = 0;
	c.deadline = clock_boot_ms() + 20;
	CHECK("deadline", client_fill(&c, 60) == -1 && errno == ETIMEDOUT);
	errno = 0;
	CHECK("bytes past the deadline", write(fd[1], "NOOP\r\n", 6) == 6 &&
		client_fill(&c, 60) == -1 && errno == ETIMEDOUT);
	close(fd[1]);
	client_put(&c, "x", 1);
	CHECK("gone", client_flush(&c) == -1 && c.broken);
	close(fd[0]);
}

int
main(void)
{
	const struct row *r;
	size_t cut;

	signal(SIGPIPE, SIG_IGN);
	for (r = rows; r < rows + sizeof rows / sizeof *rows; r++)
		for (cut = 0; cut <= r->len; cut++)
			CHECK(r->name, plays(r, cut));
	replies();
	return CHECK_DONE();
}
