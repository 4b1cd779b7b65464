/* SPDX-License-Identifier: ISC */
/* qmail-queue's interface: a message on descriptor 0, an envelope on 1.  There is
 * no queue to take it.  The input: the envelope, a line "==", the message.
 *
 * Covers: queue/inject_qmail.c queue/inject.c */
#include <sys/mman.h>
#include <sys/stat.h>
#include "queue/inject.h"
#include "queue/inject_qmail.h"
#include "tests/fuzz/fuzz.h"

static void
prepare(void)
{
	fuzz_scratch();
	if (mkdir("etc", 0700) == -1)
		abort();
	fuzz_file("etc/me", "mx.example\n", 11);
}
FUZZ_BEGIN(prepare)

/* Puts bytes on a descriptor; what it was, to be given back. */
static int
lend(int fd, const char *s, size_t len)
{
	int saved = dup(fd), mem = memfd_create("part", 0);

	if (mem == -1 || write(mem, s, len) != (ssize_t)len ||
	    lseek(mem, 0, SEEK_SET) == -1 || dup2(mem, fd) == -1)
		abort();
	close(mem);
	return saved;
}

static void
give_back(int fd, int saved)
{
	close(fd);
	if (saved != -1 && (dup2(saved, fd) == -1 || close(saved) == -1))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data,
		   *end = size ? memmem(s, size, "\n==\n", 4) : NULL;
	size_t len = end ? (size_t)(end - s) : size, rest = end ? len + 4 : size;
	int in = lend(0, s + rest, size - rest), out = lend(1, s, len), code,
	    said = lend(6, "", 0);

	code = inject_qmail();
	give_back(6, said);
	give_back(1, out);
	give_back(0, in);
	/* nobody took it, so it cannot be a success */
	FUZZ_HOLDS(code == INJECT_FORMAT || code == INJECT_READ ||
	    code == INJECT_TOO_LONG || code == INJECT_REFUSED || code == INJECT_TEMPORARY);
	return 0;
}
