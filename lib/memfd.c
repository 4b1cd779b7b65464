/* SPDX-License-Identifier: ISC */
#include "lib/memfd.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int
memfd_sealed(const char *name, const char *data, size_t len)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1)
		return -1;
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			goto bad;
		data += n;
		len -= (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS, MEMFD_SEALS) == 0)
		return fd;
bad:
	close(fd);
	return -1;
}
