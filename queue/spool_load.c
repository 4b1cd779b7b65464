/* SPDX-License-Identifier: ISC */
#include "queue/spool_load.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "queue/spool_dirs.h"

static int
read_at(int fd, stralloc *out, uint64_t len, uint64_t at)
{
	ssize_t n;

	sa_ready(out, len);
	while (len) {
		n = pread(fd, out->s + out->len, len, (off_t)at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EBADMSG;
		if (n <= 0)
			return -1;
		out->len += (size_t)n;
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

static int
read_image(struct spool_image *i, int fd)
{
	struct spool_head h;
	struct stat st;
	uint64_t end;

	if (fstat(fd, &st) == -1 || read_at(fd, &i->front, SPOOL_HEAD, 0) ||
	    spool_head_scan(&h, i->front.s) == -1)
		return -1;
	end = spool_journal_offset(&h);
	if ((uint64_t)st.st_size < end) {
		errno = EBADMSG;
		return -1;
	}
	if (read_at(fd, &i->front, spool_message_offset(&h) - SPOOL_HEAD,
		SPOOL_HEAD))
		return -1;
	if ((uint64_t)st.st_size - end > SPOOL_JOURNAL_MAX)
		st.st_size = (off_t)(end + SPOOL_JOURNAL_MAX);
	return read_at(fd, &i->journal, (uint64_t)st.st_size - end, end);
}

void
spool_load_fd(struct spool_image *i, int fd)
{
	i->error = fd == -1 || read_image(i, fd) == -1 ? errno : 0;
}

void
spool_load(struct spool_image *i, const char *id)
{
	int fd = spool_file(id, O_RDONLY);

	spool_load_fd(i, fd);
	if (fd != -1)
		close(fd);
}

void
spool_image_free(struct spool_image *i)
{
	sa_free(&i->front);
	sa_free(&i->journal);
}
