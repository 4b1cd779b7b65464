/* SPDX-License-Identifier: ISC */
/* A mailbox that is empty: its session has nothing to read, so it needs no process
 * that may.  Most logins are such: customers' programs look every few minutes.
 *
 * The master serves all, so it must not wait.  Names that the kernel has to look
 * up on the disk are a child's; what is left are blocks of small folders and of
 * the lock's line, which lie in memory as long as their names mostly. */
#include <errno.h>
#include <fcntl.h>
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
	close_it(&s->dir_fd);
	close_it(&s->new_fd);
	close_it(&s->cur_fd);
	close_it(&s->lock.fd);
	memset(&s->login, 0, sizeof s->login);
	memset(&s->box, 0, sizeof s->box);
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
is_served(const struct session *s)
{
	return s->found == 1 && !s->box.disabled &&
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

int
session_tell(int conn, enum pop3d_result result, const char *text, int lock)
{
	char packet[POP3D_TEXT_MAX + 16];
	long len = pop3d_answer_make(packet, sizeof packet, result, text);

	if (len != -1 &&
	    sock_send(conn, packet, (size_t)len, &lock, lock != -1, 0) == 0)
		return 0;
	if (errno != EPIPE && errno != ECONNRESET) /* a client that left */
		log_warnsys("unable to answer pop3d");
	return -1;
}

enum session_way
session_try(struct session *s, int conn, const struct session_means *m)
{
	enum session_way way = SESSION_FORK;

	s->found = mailbox_lookup(&s->box, m->mailboxes, s->login.mailbox);
	s->error = errno;
	if (m->uidl->good && is_served(s) && open_folders(s) &&
	    maildir_is_empty(s->new_fd) && maildir_is_empty(s->cur_fd) &&
	    take_lock(s))
		way = SESSION_EMPTY;
	if (session_tell(conn, way == SESSION_EMPTY ? POP3D_EMPTY : POP3D_SEND,
	    s->login.mailbox, s->lock.fd) == -1)
		return SESSION_OVER;
	return way;
}
