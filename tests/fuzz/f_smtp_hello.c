/* SPDX-License-Identifier: ISC */
/* What a server answers to EHLO and HELO, over a socket.
 *
 * Covers: deliver/smtp_hello.c deliver/smtp_io.c */
#include <sys/socket.h>
#include "deliver/smtp_client.h"
#include "tests/fuzz/fuzz.h"

#define ANSWER_MAX 65536 /* what a socket takes at once */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct smtp_session s;
	int ends[2], r;

	if (size > ANSWER_MAX)
		return 0;
	memset(&s, 0, offsetof(struct smtp_session, io.in));
	memset(&s.peer, 0, sizeof s - offsetof(struct smtp_session, peer));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == -1)
		abort();
	if (write(ends[1], data, size) != (ssize_t)size)
		abort();
	shutdown(ends[1], SHUT_WR);
	s.peer.lmtp = size % 2;
	smtp_io_open(&s.io, ends[0]);
	r = smtp_hello(&s, "mx.example.test");
	FUZZ_HOLDS(r == 0 || (r == -1 && s.failure.class_));
	if (r == 0)
		FUZZ_HOLDS(!s.size_max || s.has_size);
	else
		FUZZ_HOLDS(strchr("TL", s.failure.class_) &&
		    !strpbrk(s.failure.text, "\r\n"));
	smtp_io_close(&s.io);
	close(ends[1]);
	return 0;
}
