/* SPDX-License-Identifier: ISC */
#include "authd/mailbox_link.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "lib/sock.h"
#include "pop3d/pop3d.h"

static void ready(void *arg, uint32_t events);

void
mailbox_link_init(struct mailbox_link *l, struct conns *conns,
    void (*given)(void *arg, struct job *job, const char *why), void *arg)
{
	memset(l, 0, sizeof *l);
	l->conns = conns;
	l->fd = -1;
	l->given = given;
	l->arg = arg;
}

static void
hang_up(struct mailbox_link *l)
{
	if (l->fd == -1)
		return;
	conns_watch(l->conns, l->fd, 0, NULL, NULL);
	close(l->fd);
	l->fd = -1;
}

static long
format(char *buf, size_t size, const struct job *job, uint64_t now_ms)
{
	struct authd_login login;

	memset(&login, 0, sizeof login);
	memcpy(login.mailbox, job->mailbox, sizeof login.mailbox);
	memcpy(login.user, job->user, sizeof login.user);
	ip_format(login.ip, &job->ip);
	return authd_login_format(buf, size, &login,
	    now_ms + AUTHD_LOGIN_SECONDS * 1000);
}

/* A mailboxd that was started anew has a new socket: one more try.  0, or -1:
 * EAGAIN, it takes no more now, or it is down. */
static int
put(struct mailbox_link *l, const struct job *job)
{
	char buf[AUTHD_MSG_MAX];
	long len = format(buf, sizeof buf, job, l->conns->now_ms);
	int tries;

	if (len == -1)
		return -1;
	for (tries = 0; tries < 2; tries++) {
		if (l->fd == -1 &&
		    (l->fd = sock_connect(POP3D_PATH, 0)) == -1) {
			errno = ECONNREFUSED;
			return -1;
		}
		if (sock_send(l->fd, buf, (size_t)len, &job->conn->fd, 1, 0) ==
		    0)
			return 0;
		if (errno != EPIPE && errno != ECONNRESET && errno != ENOTCONN)
			return -1;
		hang_up(l);
	}
	return -1;
}

/* false: it must wait. */
static bool
give(struct mailbox_link *l, struct job *job)
{
	if (!job->conn) {
		l->given(l->arg, job, "the caller is gone");
		return true;
	}
	if (put(l, job) == 0) {
		l->given(l->arg, job, NULL);
		return true;
	}
	if (errno == EAGAIN && conns_watch(l->conns, l->fd, EPOLLOUT, ready,
	    l) == 0)
		return false;
	l->given(l->arg, job, "mailboxd is down");
	return true;
}

static struct job *
take_first(struct mailbox_link *l)
{
	struct job *job = l->waiting[l->first];

	l->first = (l->first + 1) % JOBS_MAX;
	l->n--;
	return job;
}

/* mailboxd takes more, or is gone. */
static void
ready(void *arg, uint32_t events)
{
	struct mailbox_link *l = arg;

	(void)events;
	l->moved_ms = l->conns->now_ms;
	while (l->n) {
		if (!give(l, l->waiting[l->first]))
			return;
		take_first(l);
	}
	if (l->fd != -1)
		conns_watch(l->conns, l->fd, 0, NULL, NULL);
}

void
mailbox_link_give(struct mailbox_link *l, struct job *job)
{
	if (!l->n && give(l, job))
		return;
	if (!l->n)
		l->moved_ms = l->conns->now_ms;
	l->waiting[(l->first + l->n++) % JOBS_MAX] = job;
}

uint64_t
mailbox_link_due_ms(const struct mailbox_link *l)
{
	return l->n ? l->moved_ms + MAILBOX_LINK_MS : UINT64_MAX;
}

void
mailbox_link_tick(struct mailbox_link *l)
{
	if (mailbox_link_due_ms(l) > l->conns->now_ms)
		return;
	hang_up(l);
	while (l->n)
		l->given(l->arg, take_first(l), "mailboxd is slow");
}
