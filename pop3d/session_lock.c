/* SPDX-License-Identifier: ISC */
#include "pop3d/session_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* What a holder has written; nothing or nonsense: zeros and "". */
static void
read_line(struct session_lock *k)
{
	char line[LOCK_BYTES + 1];
	struct ip ip;
	ssize_t n = pread(k->fd, line, LOCK_BYTES, 0);

	k->since = k->cleaned = 0;
	k->ip[0] = '\0';
	line[n > 0 ? n : 0] = '\0';
	if (sscanf(line, "%" SCNu64 " %45s %" SCNu64, &k->since, k->ip,
		&k->cleaned) != 3 ||
	    ip_parse(&ip, k->ip) != 1) {
		k->since = k->cleaned = 0;
		k->ip[0] = '\0';
	}
}

int
session_lock_write(const struct session_lock *k)
{
	char line[LOCK_BYTES + 1];

	snprintf(line, sizeof line, "%-20" PRIu64 " %-45s %-22" PRIu64 "\n",
	    k->since, k->ip, k->cleaned);
	if (pwrite(k->fd, line, LOCK_BYTES, 0) == LOCK_BYTES)
		return 0;
	return -1;
}

int
session_lock_take(
    struct session_lock *k, int mailbox_fd, const char *ip, uint64_t now_s)
{
	k->fd = openat(mailbox_fd, SESSION_LOCK_FILE,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (k->fd == -1)
		return -1;
	if (flock(k->fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno != EWOULDBLOCK)
			return -1;
		read_line(k);
		return 0;
	}
	read_line(k);
	k->since = now_s;
	snprintf(k->ip, sizeof k->ip, "%s", ip);
	/* a full disk must not keep anybody from deleting mail */
	session_lock_write(k);
	return 1;
}

void
session_lock_give(struct session_lock *k)
{
	close(k->fd);
	k->fd = -1;
}
