/* SPDX-License-Identifier: ISC */
#include "pop3d/cached.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

int
cached_open(int at, const char *name, int flags)
{
	struct open_how how = { .flags = (unsigned)flags | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_CACHED };

	return (int)syscall(SYS_openat2, at, name, &how, sizeof how);
}
