/* SPDX-License-Identifier: ISC */
#include "authd/relay_link.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/sock.h"
#include "relayd/relayd.h"

void
link_init(struct relay_link *l, struct conns *conns,
    void (*answered)(void *arg, struct job *job, const char *token,
	const char *why, bool gone),
    void *arg)
{
	memset(l, 0, sizeof *l);
	l->conns = conns;
	l->fd = -1;
	l->answered = answered;
	l->arg = arg;
}

static void ready(void *arg, uint32_t events);

static void
hang_up(struct relay_link *l, const char *why, bool gone)
{
	struct link_question q;
	unsigned first = l->first, n = l->n;

	if (l->fd == -1)
		return;
	conns_watch(l->conns, l->fd, 0, NULL, NULL);
	close(l->fd);
	l->fd = -1;
	/* those asked while this goes on are of a new connection */
	l->first = (first + n) % LINK_WAITING_MAX;
	l->n = l->sent = 0;
	for (; n; n--, first++) {
		q = l->waiting[first % LINK_WAITING_MAX];
		if (q.job)
			l->answered(l->arg, q.job, NULL, why, gone);
	}
}

/* One answer.  0, or -1: nonsense. */
static int
take_answer(struct relay_link *l, const char *buf, size_t len)
{
	struct link_question q;
	struct relayd_verdict v;
	int yes;

	if (!l->sent)
		return -1;
	q = l->waiting[l->first];
	yes = relayd_open_answer(&v, q.op, buf, len);
	if (yes == -1)
		return -1;
	l->first = (l->first + 1) % LINK_WAITING_MAX;
	l->n--;
	l->sent--;
	if (!q.job)
		return 0;
	if (yes)
		l->answered(l->arg, q.job, v.grant, NULL, false);
	else
		l->answered(l->arg, q.job, NULL,
		    *v.reason ? v.reason : "relayd refuses", false);
	return 0;
}

static int
send_question(const struct relay_link *l, char op, const struct ip *ip,
    const char *mailbox)
{
	char buf[RELAYD_MSG_MAX];
	long len = relayd_open_request(buf, sizeof buf, op, ip, mailbox);

	if (len == -1)
		return -1;
	return send(l->fd, buf, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 ?
	    -1 : 0;
}

static void
send_rest(struct relay_link *l)
{
	const struct link_question *q;

	for (; l->sent < l->n && l->sent < LINK_SENT_MAX; l->sent++) {
		q = &l->waiting[(l->first + l->sent) % LINK_WAITING_MAX];
		if (send_question(l, q->op, &q->job->ip, q->job->mailbox) == -1) {
			hang_up(l, "relayd closed the connection", true);
			return;
		}
	}
}

static void
ready(void *arg, uint32_t events)
{
	struct relay_link *l = arg;
	char buf[RELAYD_MSG_MAX];
	ssize_t got;
	int fd = l->fd;

	(void)events;
	if (fd == -1)
		return;
	do {
		got = recv(l->fd, buf, sizeof buf, MSG_DONTWAIT | MSG_TRUNC);
		if (got == -1 && (errno == EAGAIN || errno == EINTR))
			break;
		if (got <= 0)
			hang_up(l, "relayd closed the connection", true);
		else if ((size_t)got > sizeof buf ||
		    take_answer(l, buf, (size_t)got) == -1)
			hang_up(l, "relayd answers nonsense", false);
	} while (l->fd == fd && l->sent);
	if (l->fd == fd)
		send_rest(l);
}

/* A UNIX connection is made or refused at once. */
static int
dial(struct relay_link *l)
{
	if (l->fd != -1)
		return 0;
	l->fd = sock_connect(RELAYD_OPEN_PATH, 0);
	if (l->fd == -1)
		return -1;
	if (conns_watch(l->conns, l->fd, EPOLLIN, ready, l) == -1) {
		close(l->fd);
		l->fd = -1;
		return -1;
	}
	return 0;
}

/* Past LINK_SENT_MAX it is sent when answers have come. */
static int
put(struct relay_link *l, struct job *job, char op, const struct ip *ip,
    const char *mailbox, uint64_t now_ms, const char **why)
{
	bool now;
	int tries;

	for (tries = 0; tries < 2; tries++) {
		*why = "too many questions wait for relayd";
		now = l->sent == l->n && l->sent < LINK_SENT_MAX;
		if (l->n == LINK_WAITING_MAX || (!now && !job))
			return -1;
		*why = "relayd is down";
		if (dial(l) == -1)
			return -1;
		if (!now || send_question(l, op, ip, mailbox) == 0) {
			l->waiting[(l->first + l->n++) % LINK_WAITING_MAX] =
			    (struct link_question){ job, op, now_ms };
			l->sent += now;
			return 0;
		}
		*why = "relayd is slow";
		if (errno == EAGAIN)
			return -1;
		hang_up(l, "relayd closed the connection", true);
	}
	return -1;
}

int
link_ask(struct relay_link *l, struct job *job, char op, uint64_t now_ms,
    const char **why)
{
	return put(l, job, op, &job->ip, job->mailbox, now_ms, why);
}

void
link_close_windows(struct relay_link *l, const char *mailbox, uint64_t now_ms)
{
	const char *why;

	put(l, NULL, 'X', NULL, mailbox, now_ms, &why);
}

uint64_t
link_due_ms(const struct relay_link *l)
{
	return l->n ? l->waiting[l->first].asked_ms + LINK_TIMEOUT_MS :
		      UINT64_MAX;
}

void
link_tick(struct relay_link *l, uint64_t now_ms)
{
	if (link_due_ms(l) <= now_ms)
		hang_up(l, "relayd is slow", false);
}
