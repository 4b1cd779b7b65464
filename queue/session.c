/* SPDX-License-Identifier: ISC */
#include "queue/session.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/sock.h"
#include "queue/intake.h"

static struct service *service;
static struct loop_fd listeners[2];
static struct session *sessions;
static unsigned nsessions;

static void
close_session(struct session *s)
{
	if (s->in)
		intake_left(s->in);
	loop_close(&s->lf);
	*s->at = s->next;
	if (s->next)
		s->next->at = s->at;
	nsessions--;
	free(s);
}

void
session_answer(struct session *s, const struct queue_answer *answer, int fd)
{
	char buf[QUEUE_REASON_MAX + 64];
	long len = queue_answer_make(buf, sizeof buf, answer);

	s->busy = false;
	if (sock_send(s->lf.fd, buf, (size_t)len, &fd, fd != -1, 0) == -1)
		shutdown(s->lf.fd, SHUT_RDWR); /* no answer: try later */
	loop_change(&s->lf, EPOLLIN); /* where it left, its end is read */
}

/* A request; false: the connection is of no use. */
static bool
request(struct session *s, const char *packet, size_t len, int *fds, int nfds)
{
	struct queue_request q;
	const char *why;

	if (queue_request_scan(&q, packet, len, &why) == -1) {
		log_warn("a caller of run/queue sent ", why);
		while (nfds)
			close(fds[--nfds]);
		return false;
	}
	s->busy = true;
	while (q.op == 'C' && nfds)
		close(fds[--nfds]);
	if (q.op == 'C')
		intake_commit_file(s, q.size);
	else
		intake_begin(s, &q, fds, nfds);
	return true;
}

static void
ready(struct loop_fd *f, uint32_t ev)
{
	static char packet[QUEUE_MSG_MAX];
	struct session *s = (struct session *)f;
	int fds[2], nfds = 0;
	ssize_t len;

	/* who has hung up waits for no answer, and will send it again: what it
	 * asked before is not read */
	if (ev & (EPOLLHUP | EPOLLERR)) {
		close_session(s);
		return;
	}
	if (s->busy) { /* only its end can be told now */
		loop_change(&s->lf, 0);
		return;
	}
	len = sock_recv(f->fd, packet, sizeof packet, fds, 2, &nfds, 0);
	if (len == -1 && errno == EAGAIN)
		return;
	if (len <= 0 || !request(s, packet, (size_t)len, fds, nfds))
		close_session(s);
}

static bool
too_many(uid_t uid, bool inject)
{
	unsigned own = 0, local = 0;
	struct session *s;

	if (nsessions >= SESSIONS_MAX)
		return true;
	for (s = sessions; s && inject && uid; s = s->next) {
		local += s->inject;
		own += s->inject && s->uid == uid;
	}
	return local >= SESSIONS_INJECT_MAX || own >= SESSIONS_UID_MAX;
}

/* Who is refused can call again at once: not a line each. */
static void
say_too_many(uid_t uid)
{
	static uint64_t said;

	if (said && loop_now() - said < SESSIONS_SAID_MS)
		return;
	said = loop_now();
	log_event("refused", "uid", log_num(uid), "reason",
	    "too many connections");
}

static void
open_session(int fd, uid_t uid, bool inject)
{
	struct session *s = too_many(uid, inject) ? NULL : calloc(1, sizeof *s);

	if (s) {
		s->lf.fd = fd;
		s->lf.ready = ready;
		s->uid = uid;
		s->inject = inject;
	}
	if (!s || loop_add(&s->lf, EPOLLIN) == -1) {
		say_too_many(uid);
		close(fd);
		free(s);
		return;
	}
	s->next = sessions;
	if (sessions)
		sessions->at = &s->next;
	s->at = &sessions;
	sessions = s;
	nsessions++;
}

static void
accept_ready(struct loop_fd *f, uint32_t ev)
{
	bool inject = f == &listeners[1];
	uid_t uid;
	int fd;

	(void)ev;
	/* one a turn: to hear that there is no other costs more */
	fd = service_accept(service, inject, SOCK_NONBLOCK, &uid);
	if (fd != -1)
		open_session(fd, uid, inject);
}

int
session_listen(struct service *sv)
{
	int i;

	service = sv;
	for (i = 0; i < 2; i++) {
		listeners[i].fd = sv->listeners[i];
		listeners[i].ready = accept_ready;
		if (loop_add(&listeners[i], EPOLLIN) == -1)
			return -1;
	}
	return 0;
}
