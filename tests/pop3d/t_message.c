/* SPDX-License-Identifier: ISC */
#include "pop3d/message.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s)   s, sizeof(s) - 1
#define HEADER "A: b\n\n"
#define SENT   "A: b\r\n\r\n"

static const struct {
	const char *name, *file;
	size_t len;
	uint32_t lines;
	const char *out; /* without the last ".\r\n" */
} rows[] = {
	{ "empty", B(""), MESSAGE_ALL, "" },
	{ "LF", B(HEADER "x\ny\n"), MESSAGE_ALL, SENT "x\r\ny\r\n" },
	{ "CRLF", B("A: b\r\n\r\nx\r\n"), MESSAGE_ALL, SENT "x\r\n" },
	{ "mixed", B("A: b\r\n\nx\r\ny\n"), MESSAGE_ALL, SENT "x\r\ny\r\n" },
	{ "no last line end", B(HEADER "x"), MESSAGE_ALL, SENT "x\r\n" },
	{ "ends in CR", B(HEADER "x\r"), MESSAGE_ALL, SENT "x\r\n" },
	{ "CR inside", B(HEADER "x\ry\r\r\n"), MESSAGE_ALL, SENT "x\ry\r\r\n" },
	{ "dots", B(HEADER ".\n..\n.x\nx.\n"), MESSAGE_ALL,
	    SENT "..\r\n...\r\n..x\r\nx.\r\n" },
	{ "a dot at the end", B(HEADER "."), MESSAGE_ALL, SENT "..\r\n" },
	{ "a dot first", B(".\n"), MESSAGE_ALL, "..\r\n" },
	{ "CRLF dots", B("\r\n.\r\n"), MESSAGE_ALL, "\r\n..\r\n" },
	{ "bare LF dot LF", B("\n.\n"), MESSAGE_ALL, "\r\n..\r\n" },
	{ "NUL", B("a\0b\n"), MESSAGE_ALL, NULL },
	{ "top 0", B(HEADER "x\ny\n"), 0, SENT },
	{ "top 1", B(HEADER "x\ny\n"), 1, SENT "x\r\n" },
	{ "top 2", B(HEADER "x\ny\n"), 2, SENT "x\r\ny\r\n" },
	{ "top 3", B(HEADER "x\ny\n"), 3, SENT "x\r\ny\r\n" },
	{ "top 1 of CRLF", B("A: b\r\n\r\nx\r\ny\r\n"), 1, SENT "x\r\n" },
	{ "top counts empty lines", B(HEADER "\n\nx\n"), 2, SENT "\r\n\r\n" },
	{ "top without a body", B("A: b\n"), 5, "A: b\r\n" },
	{ "top 0, header cut", B("A: b"), 0, "A: b\r\n" },
	{ "top 0, body only", B("\nx\n"), 0, "\r\n" },
	{ "a line of CR in the header", B("A: b\r\r\nC: d\n"), 0,
	    "A: b\r\r\nC: d\r\n" },
};

static struct reply r;

static void
pieces(size_t i, size_t step)
{
	struct message_writer w;
	struct guard g;
	size_t at, n, want;

	r.len = 0;
	message_start(&w, &r, rows[i].lines);
	for (at = 0; at < rows[i].len && !w.done; at += n) {
		n = rows[i].len - at < step ? rows[i].len - at : step;
		message_piece(&w, guard_copy(&g, rows[i].file + at, n), n);
		guard_free(&g);
	}
	message_end(&w);
	if (!rows[i].out)
		return;
	want = strlen(rows[i].out);
	CHECK(rows[i].name, r.len == want + 3 &&
				memcmp(r.buf, rows[i].out, want) == 0 &&
				memcmp(r.buf + want, ".\r\n", 3) == 0);
}

/* The octets that are told are those that are sent, less stuffed dots. */
static void
octets(size_t i)
{
	uint64_t told = 0, sent = 0;
	size_t at;
	int fd = memfd_create("message", 0);

	if (fd == -1 ||
	    write(fd, rows[i].file, rows[i].len) != (ssize_t)rows[i].len)
		abort();
	lseek(fd, 0, SEEK_SET);
	CHECK(rows[i].name, message_octets(fd, &told) == 0);
	lseek(fd, 0, SEEK_SET);
	r.len = 0;
	CHECK(rows[i].name, message_send(&r, fd, MESSAGE_ALL) == 0);
	for (at = 0; at + 3 < r.len; at++)
		sent +=
		    !(r.buf[at] == '.' && (at == 0 || r.buf[at - 1] == '\n'));
	CHECK(rows[i].name, told == sent);
	close(fd);
}

int
main(void)
{
	size_t i, step;

	reply_init(&r, -1, 0);
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (step = 1; step <= rows[i].len + 1; step++)
			pieces(i, step);
		octets(i);
	}
	return CHECK_DONE();
}
