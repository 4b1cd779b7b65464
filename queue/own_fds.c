/* SPDX-License-Identifier: ISC */
#include "queue/own_fds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define NAME_BYTES 12 /* of a number */

static int folder = -1;

int
own_fds_open(void)
{
	folder = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder == -1 ? -1 : 0;
}

int
own_fd_again(int fd, int flags)
{
	char name[NAME_BYTES];

	snprintf(name, sizeof name, "%d", fd);
	return openat(folder, name, flags | O_CLOEXEC);
}

int
own_fd_link(int fd, int dir, const char *to)
{
	char name[NAME_BYTES];

	/* who opened the file may say so (Linux 6.10): /proc is a detour */
	if (linkat(fd, "", dir, to, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	snprintf(name, sizeof name, "%d", fd);
	return linkat(folder, name, dir, to, AT_SYMLINK_FOLLOW);
}
