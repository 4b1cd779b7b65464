/* SPDX-License-Identifier: ISC */
/* A mailbox that is empty: its session has nothing to read, so it needs no process
 * that may.  Most logins are such: customers' programs look every few minutes.
 *
 * The master serves all, so it must not wait.  Names that the kernel has to look
 * up on the disk are a child's; what is left are blocks of small folders and of
 * the lock's line, which lie in memory as long as their names mostly. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/sock.h"
#include "pop3d/cached.h"
#include "pop3d/maildir_scan.h"
#include "pop3d/session.h"

#define FOLDER (O_RDONLY | O_DIRECTORY)

static void
close_it(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
session_forget(struct session *s)
{
	int i;

	if (s->asked.nfds) {
		for (i = 0; i < s->asked.nfds; i++)
			close_it(&s->asked.fds[i]);
		close_it(&s->dir_fd);
		close_it(&s->new_fd);
		close_it(&s->cur_fd);
		close_it(&s->lock.fd);
		explicit_bzero(s, sizeof *s);
	}
	s->dir_fd = s->new_fd = s->cur_fd = s->lock.fd = -1;
}

/* All three, or none: then the child does it its own way. */
static bool
open_folders(struct session *s)
{
	char path[SESSION_PATH_MAX];

	session_path(path, s);
	s->dir_fd = cached_open(AT_FDCWD, path, FOLDER);
	if (s->dir_fd == -1)
		return false;
	s->new_fd = cached_open(s->dir_fd, "new", FOLDER);
	s->cur_fd = cached_open(s->dir_fd, "cur", FOLDER);
	if (s->new_fd != -1 && s->cur_fd != -1)
		return true;
	close_it(&s->new_fd);
	close_it(&s->cur_fd);
	close_it(&s->dir_fd);
	return false;
}

static bool
is_served(struct session *s, struct table *mailboxes)
{
	return mailbox_lookup(&s->box, mailboxes, s->login.mailbox) == 1 &&
	       !s->box.disabled &&
	       addr_is_mailbox(s->box.folder, strlen(s->box.folder));
}

/* In use, or tmp/ to be cleaned: the child takes the lock anew. */
static bool
take_lock(struct session *s)
{
	uint64_t now = clock_wall_s();

	if (session_lock_lend(&s->lock, s->dir_fd, s->login.ip, now) == 1 &&
	    (now < s->lock.cleaned ||
		now - s->lock.cleaned < MAILDIR_TMP_SECONDS))
		return true;
	close_it(&s->lock.fd);
	return false;
}

static enum session_way
lend(struct session *s, int conn)
{
	char packet[POP3D_TEXT_MAX];
	long len =
	    pop3d_answer_make(packet, sizeof packet, POP3D_EMPTY, NULL);

	if (len != -1 &&
	    sock_send(conn, packet, (size_t)len, &s->lock.fd, 1, 0) == 0)
		return SESSION_EMPTY;
	log_warnsys("unable to answer pop3d");
	return SESSION_OVER;
}

/* pop3d speaks as soon as it is connected.  Who does not has cost all others
 * SESSION_TRY_MS, and does so once a second at most. */
static bool
has_spoken(int conn)
{
	static uint64_t silent_until;
	uint64_t now = clock_boot_ms();

	if (sock_wait(conn, POLLIN, now < silent_until ? 0 : SESSION_TRY_MS) == 0)
		return true;
	if (now >= silent_until)
		silent_until = now + SESSION_SILENT_MS;
	return false;
}

enum session_way
session_try(struct session *s, int conn, const struct session_means *m)
{
	if (!has_spoken(conn))
		return SESSION_FORK;
	if (session_request(s, conn, 0) == -1)
		return SESSION_OVER;
	if (!s->asked.request.may_be_empty || !m->uidl->good)
		return SESSION_FORK;
	if (session_redeem(s, conn) == -1)
		return SESSION_OVER;
	if (!is_served(s, m->mailboxes) || !open_folders(s) ||
	    !maildir_is_empty(s->new_fd) || !maildir_is_empty(s->cur_fd) ||
	    !take_lock(s))
		return SESSION_FORK;
	return lend(s, conn);
}
