/* SPDX-License-Identifier: ISC */
#include "pop3d/table_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include "lib/log.h"

#define MAILBOXES_DIR "cdb/public"

int
table_watch(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd != -1 &&
	    inotify_add_watch(fd, MAILBOXES_DIR, IN_MOVED_TO | IN_ONLYDIR) != -1)
		return fd;
	log_warnsys("unable to watch " MAILBOXES_DIR
		    ": a disabled mailbox's session ends within a second");
	if (fd != -1)
		close(fd);
	return -1;
}

void
table_watched(int fd)
{
	char buf[4096];

	while (read(fd, buf, sizeof buf) > 0)
		;
}
