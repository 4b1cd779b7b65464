/* SPDX-License-Identifier: ISC */
/* A message file as RETR and TOP send it: the octets told are those that
 * arrive, the end is where it belongs, and nothing else looks like it.
 *
 * Covers: pop3d/message.c */
#include <sys/mman.h>
#include "pop3d/message.h"
#include "smtpd/unstuff.h"
#include "tests/fuzz/fuzz.h"

static struct reply r;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unstuff u = { 0 };
	struct message_writer w;
	static int fd = -1;
	uint64_t told = 0;
	size_t used, out, i, dots = 0, at, n;
	char *sent;

	if (size > 20000)
		return 0;
	if (fd == -1)
		fd = memfd_create("message", 0);
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	FUZZ_HOLDS(message_octets(fd, &told) == 0);
	lseek(fd, 0, SEEK_SET);
	reply_init(&r, -1, 0);
	FUZZ_HOLDS(message_send(&r, fd, MESSAGE_ALL) == 0);
	FUZZ_HOLDS(r.len >= 3 && !memcmp(r.buf + r.len - 3, ".\r\n", 3));
	for (i = 0; i + 3 < r.len; i++) {
		dots += r.buf[i] == '.' && (!i || r.buf[i - 1] == '\n');
		FUZZ_HOLDS(r.buf[i] != '\n' || (i && r.buf[i - 1] == '\r'));
	}
	FUZZ_HOLDS(told == r.len - 3 - dots);
	sent = fuzz_copy(r.buf, r.len);
	FUZZ_HOLDS(unstuff_feed(&u, sent, r.len, &used, &out) == 1);
	FUZZ_HOLDS(used == r.len);
	/* in pieces it is the same */
	memcpy(sent, r.buf, n = r.len);
	r.len = 0;
	message_start(&w, &r, MESSAGE_ALL);
	for (at = 0; at < size; at += 7)
		message_piece(&w, (const char *)data + at,
		    size - at < 7 ? size - at : 7);
	message_end(&w);
	FUZZ_HOLDS(r.len == n && !memcmp(sent, r.buf, n));
	/* TOP is a beginning of it and an end */
	r.len = 0;
	message_start(&w, &r, size ? data[0] % 8 : 0);
	message_piece(&w, (const char *)data, size);
	message_end(&w);
	FUZZ_HOLDS(r.len <= n && !memcmp(r.buf, sent, r.len - 3));
	free(sent);
	return 0;
}
