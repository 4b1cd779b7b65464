/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_revoke.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "relayd/relayd.h"

void
users_revoke(const struct users *u, const struct user *user)
{
	char mailbox[ADDR_MAILBOX_MAX + 1];
	const char *s;
	uint64_t closed;
	size_t len;
	int fd;

	s = users_name(u, user, &len);
	memcpy(mailbox, s, len);
	mailbox[len] = 0;
	fd = relayd_connect(RELAYD_CONTROL_PATH);
	if (fd == -1 && (errno == ENOENT || errno == ECONNREFUSED)) {
		log_warn("relayd is not running: windows that ", mailbox,
		    " had open come back with it; then run 'relayctl close ",
		    mailbox, "'");
		return;
	}
	if (fd == -1 || relayd_control_close(fd, NULL, mailbox, &closed) == -1)
		log_warnsys("unable to close the windows of ", mailbox,
		    "; run 'relayctl close ", mailbox, "'");
	if (fd != -1)
		close(fd);
}
