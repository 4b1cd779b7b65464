/* SPDX-License-Identifier: ISC */
#include "pop3d/session.h"

#include <errno.h>
#include <fcntl.h>
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
#include "pop3d/scratch.h"

#define MAILS_DIR "mail"

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

static int
later(int conn, const char *what)
{
	log_warnsys(what);
	return answer(conn, POP3D_TRY_LATER, "mailbox not available now");
}

/* The ticket's descriptor, or -1. */
static int
take_request(struct session *s, int conn)
{
	struct pop3d_request req;
	int fds[3], n = 0;
	ssize_t len;

	len = sock_recv(
	    conn, scratch, POP3D_MSG_MAX, fds, 3, &n, SESSION_REQUEST_MS);
	if (len == 0)
		return -1; /* pop3d went away: nothing to say to anybody */
	if (len == -1 || n < 2 ||
	    pop3d_request_scan(&req, scratch, (size_t)len) == -1) {
		if (len != -1)
			errno = EPROTO;
		return later(conn, "no sense in pop3d's request");
	}
	lines_init(&s->in, fds[1]);
	memcpy(s->in.buf, req.ahead, req.aheadlen);
	s->in.end = req.aheadlen;
	text_copy(s->tls, sizeof s->tls, req.tls);
	if (n == 3 && fcntl(fds[2], F_SETFL, O_NONBLOCK) == -1)
		return later(conn, "unable to use the client's descriptor");
	reply_init(
	    &s->out, n == 3 ? fds[2] : fds[1], POP3D_WRITE_SECONDS * 1000);
	return fds[0];
}

static int
redeem(struct session *s, int conn, int ticket)
{
	if (ticket == -1)
		return -1;
	if (authd_redeem(&s->login, ticket, clock_boot_ms()))
		return 0;
	log_event("session", "result", "refused", "reason", "no such ticket");
	return answer(conn, POP3D_TRY_LATER,
	    "the login took too long, log in again");
}

static int
look_up(struct session *s, int conn, struct table *mailboxes)
{
	const char *name = s->login.mailbox;

	switch (mailbox_lookup(&s->box, mailboxes, name)) {
	case -1:
		return later(conn, "unable to look into " MAILBOXES_CDB
				   " (build it: make -C etc)");
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
	return later(conn, "no folder name in " MAILBOXES_CDB);
}

static int
choose_uidl(struct session *s, int conn, const struct uidl_kept *kept)
{
	if (kept->good) {
		s->uidl = kept->rule;
		return 0;
	}
	errno = EINVAL;
	return later(conn, "no rule for unique ids in etc/uidl");
}

static int
open_dir(int at, const char *name)
{
	return openat(
	    at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
open_folders(struct session *s, const char *path)
{
	s->dir_fd = open_dir(AT_FDCWD, path);
	if (s->dir_fd == -1)
		return -1;
	s->new_fd = open_dir(s->dir_fd, "new");
	s->cur_fd = open_dir(s->dir_fd, "cur");
	if (s->new_fd != -1 && s->cur_fd != -1)
		return 0;
	close(s->dir_fd);
	errno = ENOENT;
	return -1;
}

static int
make_folders(const struct session *s)
{
	int mails_fd = open_dir(AT_FDCWD, MAILS_DIR), made;

	if (mails_fd == -1)
		return -1;
	made = maildir_create(mails_fd, s->box.folder);
	close(mails_fd);
	return made;
}

static int
open_mailbox(struct session *s, int conn, const char *path)
{
	if (open_folders(s, path) == 0)
		return 0;
	if (errno == ENOENT && make_folders(s) == 0 &&
	    open_folders(s, path) == 0)
		return 0;
	return later(conn, "unable to open the mailbox");
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
lock(struct session *s, int conn)
{
	uint64_t now = clock_wall_s();

	switch (session_lock_take(&s->lock, s->dir_fd, s->login.ip, now)) {
	case -1:
		return later(conn, "unable to lock the mailbox");
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
confine(int conn, const char *path, const struct confine_filter *filter)
{
	const char *writes[] = { path, NULL };

	if (confine_dirs(NULL, writes) != 1) {
		errno = errno ? errno : ENOSYS;
		return later(conn,
		    "unable to confine a session to its mailbox (Landlock)");
	}
	if (filter && confine_install(filter) == -1)
		return later(conn, "unable to install the session's filter");
	return 0;
}

static int
report(struct session *s, int conn, int report_fd)
{
	struct session_report r = { .pid = getpid() };
	ssize_t n;

	memcpy(r.mailbox, s->login.mailbox, sizeof r.mailbox);
	memcpy(r.epoch, s->box.epoch, sizeof r.epoch);
	n = write(report_fd, &r, sizeof r);
	close(report_fd);
	return n == sizeof r ? 0 : later(conn, "unable to tell the master");
}

int
session_open(struct session *s, int conn, const struct session_means *m)
{
	char path[sizeof MAILS_DIR + sizeof s->box.folder] = MAILS_DIR "/";

	if (redeem(s, conn, take_request(s, conn)) == -1 ||
	    look_up(s, conn, m->mailboxes) == -1 ||
	    choose_uidl(s, conn, m->uidl) == -1 ||
	    report(s, conn, m->report_fd) == -1)
		return -1;
	strcpy(path + sizeof MAILS_DIR, s->box.folder);
	if (open_mailbox(s, conn, path) == -1 || lock(s, conn) == -1)
		return -1;
	table_close(m->mailboxes);
	if (confine(conn, path, m->filter) == -1)
		return -1;
	/* pop3d has given up meanwhile: the client is its own again */
	if (answer(conn, POP3D_TAKEN, NULL) == -1)
		return -1;
	close(conn);
	return 0;
}
