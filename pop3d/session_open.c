/* SPDX-License-Identifier: ISC */
#include "pop3d/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/maildir.h"
#include "lib/sock.h"
#include "lib/text.h"
#include "pop3d/maildir_scan.h"
#include "pop3d/wait.h"

_Static_assert(sizeof MAILS_DIR + sizeof((struct mailbox_info *)0)->folder <=
	SESSION_PATH_MAX, "a path fits");

void
session_path(char out[SESSION_PATH_MAX], const struct session *s)
{
	strcpy(out, MAILS_DIR "/");
	strcat(out, s->box.folder);
}

/* Tells pop3d; -1 for the caller to pass on. */
static int
answer(int conn, enum pop3d_result result, const char *text)
{
	char packet[POP3D_TEXT_MAX + 16];
	long len = pop3d_answer_make(packet, sizeof packet, result, text);

	/* write, not send: the filter may be on already */
	if (len == -1 || write(conn, packet, (size_t)len) != len) {
		log_warnsys("unable to answer pop3d");
		return -1;
	}
	return result == POP3D_TAKEN ? 0 : -1;
}

/* what with errno; path: the file that it is about, or NULL. */
static int
later(const struct session *s, int conn, const char *what, const char *path)
{
	log_event("session", "account", s->login.mailbox, "ip", s->login.ip,
	    "result", "later", "reason", what, "file", path, "error",
	    strerror(errno));
	return answer(conn, POP3D_TRY_LATER, "mailbox not available now");
}

/* What pop3d sends with its client: the descriptors, 2 unless it is one. */
struct brought {
	int fds[2], nfds;
	struct pop3d_request request; /* points into packet */
	char packet[POP3D_MSG_MAX];
};

/* Meanwhile the mailbox may be disabled, or its password changed: the master has
 * looked before pop3d has sent anything. */
static int
read_client(const struct session *s, struct brought *b, int conn)
{
	ssize_t len;

	if (wait_io(conn, POLLIN, SESSION_CLIENT_MS) == -1)
		return later(s, conn, "no client from pop3d", NULL);
	len = sock_recv(conn, b->packet, sizeof b->packet, b->fds, 2, &b->nfds,
	    0);
	if (len == 0)
		return -1; /* pop3d went away: nothing to say to anybody */
	if (len != -1 && b->nfds > 0 &&
	    pop3d_request_scan(&b->request, b->packet, (size_t)len) == 0)
		return 0;
	if (len != -1)
		errno = EPROTO;
	return later(s, conn, "no sense in what pop3d sent", NULL);
}

/* The client is ours, with what it has sent ahead. */
static int
take_client(struct session *s, int conn)
{
	static struct brought b;
	static struct lines in;
	static struct reply out;

	if (read_client(s, &b, conn) == -1)
		return -1;
	lines_init(&in, b.fds[0]);
	memcpy(in.buf, b.request.ahead, b.request.aheadlen);
	in.end = b.request.aheadlen;
	text_copy(s->tls, sizeof s->tls, b.request.tls);
	explicit_bzero(b.packet, sizeof b.packet);
	if (b.nfds == 2 && fcntl(b.fds[1], F_SETFL, O_NONBLOCK) == -1)
		return later(
		    s, conn, "unable to use the client's descriptor", NULL);
	reply_init(&out, b.fds[b.nfds - 1], POP3D_WRITE_SECONDS * 1000);
	s->in = &in;
	s->out = &out;
	return 0;
}

static int
check_box(struct session *s, int conn)
{
	const char *name = s->login.mailbox;

	switch (s->found) {
	case -1:
		errno = s->error;
		return later(s, conn, "unable to look (build it: make -C etc)",
		    MAILBOXES_CDB);
	case 0:
		s->box.disabled = true;
	}
	if (s->box.disabled) {
		log_event("session", "account", name, "ip", s->login.ip,
		    "result", "refused", "reason", "disabled");
		return answer(conn, POP3D_REFUSED,
		    "[AUTH] this mailbox is disabled; ask whoever runs this "
		    "server");
	}
	if (addr_is_mailbox(s->box.folder, strlen(s->box.folder)))
		return 0;
	errno = EINVAL;
	return later(s, conn, "no folder name", MAILBOXES_CDB);
}

static int
choose_uidl(struct session *s, int conn, const struct uidl_kept *kept)
{
	if (kept->good) {
		s->uidl = kept->rule;
		return 0;
	}
	errno = EINVAL;
	return later(s, conn, "no rule for unique ids", "etc/uidl");
}

static int
open_dir(int at, const char *name)
{
	return openat(
	    at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
close_folder(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* -1: which is the folder that cannot be opened. */
static int
open_folders(struct session *s, const char *path, const char **which)
{
	int saved;

	*which = "";
	s->dir_fd = s->new_fd = s->cur_fd = -1;
	if ((s->dir_fd = open_dir(AT_FDCWD, path)) == -1)
		return -1;
	*which = "/new";
	if ((s->new_fd = open_dir(s->dir_fd, "new")) != -1) {
		*which = "/cur";
		if ((s->cur_fd = open_dir(s->dir_fd, "cur")) != -1)
			return 0;
	}
	saved = errno;
	close_folder(&s->new_fd);
	close_folder(&s->dir_fd);
	errno = saved;
	return -1;
}

static int
make_folders(const struct session *s)
{
	int mails_fd = open_dir(AT_FDCWD, MAILS_DIR), made, saved;

	if (mails_fd == -1)
		return -1;
	made = maildir_create(mails_fd, s->box.folder);
	saved = errno;
	close(mails_fd);
	errno = saved;
	return made;
}

static int
open_mailbox(struct session *s, int conn, const char *path)
{
	char file[SESSION_PATH_MAX + sizeof "/new"];
	const char *what = "unable to open the mailbox", *which;

	if (open_folders(s, path, &which) == 0)
		return 0;
	if (errno == ENOENT) {
		if (make_folders(s) == -1)
			what = "unable to make the mailbox";
		else if (open_folders(s, path, &which) == 0)
			return 0;
	}
	snprintf(file, sizeof file, "%s%s", path, which);
	return later(s, conn, what, file);
}

static int
in_use(const struct session *s, int conn)
{
	char text[POP3D_TEXT_MAX], when[32] = "some time";
	time_t since = (time_t)s->lock.since;
	struct tm tm;

	if (since && gmtime_r(&since, &tm))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &tm);
	snprintf(text, sizeof text,
	    "[IN-USE] this mailbox is in use since %s from %s", when,
	    s->lock.ip[0] ? s->lock.ip : "elsewhere");
	log_event("session", "account", s->login.mailbox, "ip", s->login.ip,
	    "result", "refused", "reason", "in use", "holder",
	    s->lock.ip[0] ? s->lock.ip : NULL);
	return answer(conn, POP3D_REFUSED, text);
}

static int
lock(struct session *s, int conn, const char *path)
{
	char file[SESSION_PATH_MAX + sizeof "/" SESSION_LOCK_FILE];
	uint64_t now = clock_wall_s();

	switch (session_lock_take(&s->lock, s->dir_fd, s->login.ip, now)) {
	case -1:
		snprintf(file, sizeof file, "%s/" SESSION_LOCK_FILE, path);
		return later(s, conn, "unable to lock the mailbox", file);
	case 0:
		return in_use(s, conn);
	}
	if (now < s->lock.cleaned ||
	    now - s->lock.cleaned < MAILDIR_TMP_SECONDS)
		return 0;
	maildir_clean_tmp(s->dir_fd, now);
	s->lock.cleaned = now;
	session_lock_write(&s->lock);
	return 0;
}

/* From here on the process can reach this mailbox and its client, no more. */
static int
confine(const struct session *s, int conn, const char *path,
    const struct confine_filter *filter)
{
	const char *writes[] = { path, NULL };

	if (confine_dirs(NULL, writes) != 1) {
		errno = errno ? errno : ENOSYS;
		return later(s, conn,
		    "unable to confine the session (Landlock)", path);
	}
	if (filter && confine_install(filter) == -1)
		return later(
		    s, conn, "unable to install the session's filter", NULL);
	return 0;
}

int
session_open(struct session *s, int conn, const struct session_means *m)
{
	char path[SESSION_PATH_MAX];

	table_close(m->mailboxes);
	if (take_client(s, conn) == -1 || check_box(s, conn) == -1 ||
	    choose_uidl(s, conn, m->uidl) == -1)
		return -1;
	session_path(path, s);
	if ((s->dir_fd == -1 && open_mailbox(s, conn, path) == -1) ||
	    lock(s, conn, path) == -1 ||
	    confine(s, conn, path, m->filter) == -1)
		return -1;
	/* pop3d has given up meanwhile: the client is its own again */
	if (answer(conn, POP3D_TAKEN, NULL) == -1)
		return -1;
	close(conn);
	return 0;
}
