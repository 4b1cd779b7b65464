/* SPDX-License-Identifier: ISC */
#include "relayd/relayd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "lib/msg.h"
#include "lib/sock.h"
#include "relayd/relayd_proto.h"

int
relayd_connect(const char *path)
{
	return sock_connect(path, RELAYD_TIMEOUT_MS);
}

/* Copies a string that may be cut: what does not fit is refused later, by the
 * scan on the other side. */
static void
put(char *out, size_t size, const char *s)
{
	snprintf(out, size, "%s", s ? s : "");
}

/* Sends the request, scans the answer.  0, or -1: cannot tell. */
static int
ask(struct relayd_answer *an, int fd, enum relayd_port port,
    const struct relayd_request *rq)
{
	char buf[RELAYD_MSG_MAX];
	long len = relayd_request_format(buf, sizeof buf, port, rq);
	ssize_t got;

	memset(an, 0, sizeof *an);
	if (len == -1 || sock_send(fd, buf, (size_t)len, NULL, 0,
	    RELAYD_TIMEOUT_MS) == -1)
		goto silent;
	got = sock_recv(fd, buf, sizeof buf, NULL, 0, NULL, RELAYD_TIMEOUT_MS);
	if (got == 0)
		errno = ECONNRESET;
	if (got <= 0)
		goto silent;
	if (relayd_answer_scan(an, port, rq->op, buf, (size_t)got) == -1)
		goto silent;
	if (an->op != 'T')
		return 0;
	errno = EAGAIN;
	return -1;
silent:
	snprintf(an->v.reason, sizeof an->v.reason, "relayd: %s",
	    strerror(errno));
	return -1;
}

static void
set(struct relayd_request *rq, char op, const struct ip *ip,
    const char *mailbox)
{
	memset(rq, 0, sizeof *rq);
	rq->op = op;
	rq->has_ip = ip != NULL;
	if (ip)
		rq->ip = *ip;
	put(rq->mailbox, sizeof rq->mailbox, mailbox);
}

int
relayd_check(struct relayd_verdict *v, int fd, const struct ip *ip,
    bool relayclient, const char *token, const char *sender)
{
	struct relayd_request rq;
	struct relayd_answer an;
	int rc;

	set(&rq, 'C', ip, sender);
	rq.relayclient = relayclient;
	put(rq.token, sizeof rq.token, token);
	rc = ask(&an, fd, RELAYD_CHECK, &rq);
	*v = an.v;
	return rc == -1 ? -1 : an.op == 'Y';
}

int
relayd_owns(int fd, const struct ip *ip, const char *token,
    const char *mailbox)
{
	struct relayd_request rq;
	struct relayd_answer an;

	set(&rq, 'W', ip, mailbox);
	put(rq.token, sizeof rq.token, token);
	if (ask(&an, fd, RELAYD_CHECK, &rq) == -1)
		return -1;
	return an.op == 'Y';
}

/* A request whose only good answer is a yes. */
static int
must(struct relayd_answer *an, int fd, enum relayd_port port,
    const struct relayd_request *rq)
{
	if (ask(an, fd, port, rq) == -1)
		return -1;
	if (an->op == 'Y')
		return 0;
	errno = EPERM;
	return -1;
}

int
relayd_control_open(int fd, const struct ip *ip, const char *mailbox,
    uint64_t seconds)
{
	struct relayd_request rq;
	struct relayd_answer an;

	set(&rq, 'O', ip, mailbox);
	rq.n = seconds;
	return must(&an, fd, RELAYD_CONTROL, &rq);
}

int
relayd_control_close(int fd, const struct ip *ip, const char *mailbox,
    uint64_t *closed)
{
	struct relayd_request rq;
	struct relayd_answer an;

	set(&rq, 'X', ip, mailbox);
	if (must(&an, fd, RELAYD_CONTROL, &rq) == -1)
		return -1;
	*closed = an.count;
	return 0;
}

int
relayd_control_query(struct relayd_verdict *v, int fd, const struct ip *ip,
    const char *mailbox)
{
	struct relayd_request rq;
	struct relayd_answer an;
	int rc;

	set(&rq, 'Q', ip, mailbox);
	rc = ask(&an, fd, RELAYD_CONTROL, &rq);
	*v = an.v;
	return rc == -1 ? -1 : an.op == 'Y';
}

/* One 'W' packet.  0, or -1 (EPROTO). */
static int
list_packet(struct msg_reader *r,
    void (*each)(void *arg, const char *ip, const char *mailbox, uint64_t left),
    void *arg)
{
	char ip[IP_TEXT_SIZE], mailbox[ADDR_MAILBOX_MAX + 1];
	uint64_t left;

	while (msg_more(r)) {
		if (msg_gets(r, ip, sizeof ip) == -1 ||
		    msg_gets(r, mailbox, sizeof mailbox) == -1 ||
		    msg_getn(r, &left, UINT32_MAX) == -1)
			return -1;
		each(arg, ip, mailbox, left);
	}
	return msg_close(r);
}

int
relayd_control_list(int fd,
    void (*each)(void *arg, const char *ip, const char *mailbox, uint64_t left),
    void *arg)
{
	struct relayd_request rq;
	struct msg_reader r;
	char buf[RELAYD_LIST_MSG_MAX];
	ssize_t got;
	long len;

	set(&rq, 'L', NULL, NULL);
	len = relayd_request_format(buf, sizeof buf, RELAYD_CONTROL, &rq);
	if (len == -1 || sock_send(fd, buf, (size_t)len, NULL, 0,
	    RELAYD_TIMEOUT_MS) == -1)
		return -1;
	for (;;) {
		got = sock_recv(fd, buf, sizeof buf, NULL, 0, NULL,
		    RELAYD_TIMEOUT_MS);
		if (got == 0)
			errno = ECONNRESET;
		if (got <= 0 || msg_open(&r, buf, (size_t)got) == -1)
			return -1;
		if (r.op == 'E')
			return 0;
		if (r.op != 'W' || list_packet(&r, each, arg) == -1) {
			errno = EPROTO;
			return -1;
		}
	}
}
