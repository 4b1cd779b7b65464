/* SPDX-License-Identifier: ISC */
#include "deliver/smtp_io.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "deliver/smtp_client.h"
#include "lib/clock.h"
#include "tests/lib/check.h"

/* RFC 5321 section 4.5.3.2: at least so long, in minutes. */
static const struct {
	const char *name;
	unsigned ours, minutes;
} waits[] = { { "greeting", SMTP_GREETING_SECONDS, 5 },
	{ "MAIL, RCPT", SMTP_COMMAND_SECONDS, 5 },
	{ "DATA initiation", SMTP_DATA_SECONDS, 2 },
	{ "a block of data", SMTP_BLOCK_SECONDS, 3 },
	{ "the final dot", SMTP_DOT_SECONDS, 10 } };

static struct smtp_io io;
static int peer;

static void
open_pair(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == -1)
		abort();
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	smtp_io_open(&io, fds[0]);
	peer = fds[1];
}

static void
close_pair(void)
{
	smtp_io_close(&io);
	close(peer);
}

static void
deadlines(void)
{
	uint64_t now = clock_boot_ms(), end;
	size_t i;

	io.cap_seconds = 0;
	io.deadline_ms = 0;
	for (i = 0; i < sizeof(waits) / sizeof(*waits); i++)
		CHECK(waits[i].name, waits[i].ours >= 60 * waits[i].minutes);
	end = smtp_io_deadline(&io, 300);
	CHECK("as asked", end >= now + 300000 && end < now + 310000);
	io.cap_seconds = 7;
	end = smtp_io_deadline(&io, 300);
	CHECK("capped", end >= now + 7000 && end < now + 17000);
	end = smtp_io_deadline(&io, 2);
	CHECK("below the cap", end >= now + 2000 && end < now + 7000);
	io.deadline_ms = now + 100;
	CHECK("never past the job's", smtp_io_deadline(&io, 300) == now + 100);
}

/* A reply in many pieces, silence, a drip, the end. */
static void
replies(void)
{
	struct smtp_reply r;
	uint64_t began;
	int i;

	io.cap_seconds = 1;
	io.deadline_ms = 0;
	open_pair();
	CHECK("written", write(peer, "250-a\r\n250 b\r\n421 c\r\n", 21) == 21);
	CHECK("the first", smtp_io_reply(&io, &r, 5) == 0 && r.code == 250);
	CHECK("not quiet", !smtp_io_is_quiet(&io) && smtp_io_is_stale(&io));
	CHECK("the second", smtp_io_reply(&io, &r, 5) == 0 && r.code == 421);
	CHECK("quiet", smtp_io_is_quiet(&io) && !smtp_io_is_stale(&io));
	began = clock_boot_ms();
	CHECK("silence", smtp_io_reply(&io, &r, 5) == -1 && errno == ETIMEDOUT);
	CHECK("in time", clock_boot_ms() - began >= 900);
	CHECK("a part", write(peer, "25", 2) == 2);
	CHECK("of a reply",
	    smtp_io_reply(&io, &r, 5) == -1 && errno == ETIMEDOUT);
	for (i = 0; i < 150; i++)
		CHECK("lines without end", write(peer, "250-x\r\n", 7) == 7);
	CHECK("too many",
	    smtp_io_reply(&io, &r, 5) == -1 && errno == EPROTO);
	close(peer);
	peer = -1;
	io.inpos = io.inlen = 0;
	while (recv(io.fd, io.in, SMTP_IN_SIZE, 0) > 0)
		;
	CHECK("the end", smtp_io_reply(&io, &r, 5) == -1 &&
		errno == ECONNRESET && smtp_io_is_stale(&io));
	close_pair();
}

/* Who does not read is not waited for longer than that. */
static void
blocked(void)
{
	static char block[SMTP_OUT_SIZE];
	int rc = 0, i;

	open_pair();
	io.cap_seconds = 1;
	for (i = 0; i < 1000 && rc == 0; i++)
		rc = smtp_io_put(&io, block, sizeof(block), 5);
	CHECK("a full pipe", rc == -1 && errno == ETIMEDOUT);
	close_pair();
	open_pair();
	close(peer);
	peer = -1;
	CHECK("nobody there", smtp_io_puts(&io, "a", "b") == 0 &&
		smtp_io_flush(&io, 1) == -1 && errno == EPIPE);
	close_pair();
}

int
main(void)
{
	deadlines();
	replies();
	blocked();
	return CHECK_DONE();
}
