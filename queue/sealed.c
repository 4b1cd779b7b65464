/* SPDX-License-Identifier: ISC */
#include "queue/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/memfd.h"

int
sealed_check(int fd, uint64_t max, uint64_t *size)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals == -1 || (seals & MEMFD_SEALS) != MEMFD_SEALS || fstat(fd, &st) == -1) {
		errno = EPROTO;
		return -1;
	}
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max) {
		errno = EFBIG;
		return -1;
	}
	*size = (uint64_t)st.st_size;
	return 0;
}

int
sealed_read(stralloc *out, int fd, uint64_t max)
{
	uint64_t size, done = 0;
	ssize_t n;

	if (sealed_check(fd, max, &size) == -1)
		return -1;
	sa_clear(out);
	sa_ready(out, size);
	while (done < size) {
		n = pread(fd, out->s + done, size - done, (off_t)done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		done += (uint64_t)n;
	}
	out->len = size;
	return 0;
}
