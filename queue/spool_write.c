/* SPDX-License-Identifier: ISC */
#include "queue/spool_write.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include "queue/spool.h"

#define COPY_BYTES 65536

int
spool_write_at(int fd, const char *p, size_t len, uint64_t at)
{
	ssize_t n;

	while (len) {
		n = pwrite(fd, p, len, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

/* The same bytes once more, which makes them unsynced again.  0 or -1. */
static int
again(int fd, uint64_t at, uint64_t end)
{
	static char buf[COPY_BYTES]; /* updates have one thread */
	size_t want;
	ssize_t n;

	while (at < end) {
		want = end - at < sizeof buf ? (size_t)(end - at) : sizeof buf;
		n = pread(fd, buf, want, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* shorter than it was */
		if (n <= 0 || spool_write_at(fd, buf, (size_t)n, at) == -1)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

int
spool_write_again(int fd)
{
	char buf[SPOOL_HEAD];
	struct spool_head h;
	struct stat st;

	if (pread(fd, buf, sizeof buf, 0) != sizeof buf) {
		errno = EIO;
		return -1;
	}
	if (spool_head_scan(&h, buf) == -1 || fstat(fd, &st) == -1 ||
	    again(fd, 0, spool_message_offset(&h)) == -1)
		return -1;
	return again(fd, spool_journal_offset(&h), (uint64_t)st.st_size);
}
