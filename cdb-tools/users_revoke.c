/* SPDX-License-Identifier: ISC */
#include "cdb-tools/users_revoke.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "lib/log.h"
#include "relayd/relayd.h"

#define NAMED_MAX 10 /* of those whose windows could not be closed */

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

/* Those from s on are left. */
static void
warn_of(const char *s, const char *end, bool down)
{
	stralloc names = { 0 };
	unsigned n = 0;

	for (; s < end && n < NAMED_MAX; s += strlen(s) + 1, n++) {
		if (n)
			sa_cats(&names, ", ");
		sa_cats(&names, s);
	}
	if (s < end)
		sa_cats(&names, " and more");
	sa_0(&names);
	if (down)
		log_warn("relayd is not running: windows that these had open "
			 "come back with it; then run 'relayctl close' for "
			 "each: ", names.s);
	else
		log_warnsys("unable to close the windows of these; run "
			    "'relayctl close' for each: ", names.s);
	sa_free(&names);
}

void
users_revoke_stale(const struct users_stale *stale)
{
	const char *s = stale->names.s, *end = s + stale->names.len;
	uint64_t closed;
	bool down;
	int fd;

	if (!stale->n)
		return;
	log_info(log_num(stale->n), stale->n == 1 ? " mailbox has" :
	    " mailboxes have", " another password, ", stale->n == 1 ? "is" :
	    "are", " disabled or gone: sessions and relay windows end");
	fd = relayd_connect(RELAYD_CONTROL_PATH);
	down = fd == -1 && (errno == ENOENT || errno == ECONNREFUSED);
	while (fd != -1 && s < end &&
	    relayd_control_close(fd, NULL, s, &closed) == 0)
		s += strlen(s) + 1;
	if (s < end)
		warn_of(s, end, down);
	if (fd != -1)
		close(fd);
}
