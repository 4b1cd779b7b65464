/* SPDX-License-Identifier: ISC */
#include "authd/authd.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "lib/deadline.h"
#include "lib/sock.h"
#include "authd/authd_proto.h"

static void
cannot(struct authd_account *acct, const char *who)
{
	snprintf(acct->reason, sizeof acct->reason, "%s: %s", who,
	    strerror(errno));
}

enum authd_result
authd_verify(struct authd_account *acct, const char *path, const char *user,
    const char *password, const struct ip *ip)
{
	char request[AUTHD_MSG_MAX], answer[AUTHD_MSG_MAX];
	enum authd_result result = AUTHD_TRY_LATER;
	ssize_t got = -1;
	long len;

	memset(acct, 0, sizeof *acct);
	len = authd_verify_format(request, sizeof request, 'V', user, password,
	    ip);
	if (len == -1 && errno == EMSGSIZE)
		return AUTHD_NO; /* no login name and no password is that long */
	if (len != -1)
		got = sock_call(path, request, (size_t)len, NULL, 0, answer,
		    sizeof answer, NULL, AUTHD_TIMEOUT_MS);
	explicit_bzero(request, sizeof request);
	if (got <= 0 ||
	    authd_account_scan(&result, acct, answer, (size_t)got) == -1)
		cannot(acct, "authd");
	explicit_bzero(answer, sizeof answer);
	if (result != AUTHD_YES || *acct->token ||
	    strcmp(path, AUTHD_POP3_PATH) == 0)
		return result;
	strcpy(acct->reason, "authd: a yes without a token");
	return AUTHD_TRY_LATER;
}

/* One buffer for both ways: a page less for a session's process. */
static ssize_t
ask(struct authd_handed *h, size_t len, uint64_t end)
{
	int n = 0;
	ssize_t got;

	h->conn = sock_connect(AUTHD_POP3_PATH, AUTHD_TIMEOUT_MS);
	if (h->conn == -1 || sock_send(h->conn, h->packet, len, NULL, 0,
	    deadline_left(end)) == -1)
		return -1;
	explicit_bzero(h->packet, len);
	if (deadline_wait(h->conn, POLLIN, end) == -1)
		return -1;
	got = sock_recv(h->conn, h->packet, sizeof h->packet, &h->fd, 1, &n,
	    deadline_left(end));
	if (got == 0)
		errno = ECONNRESET;
	return got > 0 ? got : -1;
}

/* Is it authd that answers? */
static bool
is_verdict(const struct authd_handed *h)
{
	return h->fd == -1 && strchr("NDT", h->packet[0]);
}

enum authd_result
authd_login(struct authd_handed *h, struct authd_account *acct,
    const char *user, const char *password, const struct ip *ip)
{
	enum authd_result result = AUTHD_TRY_LATER;
	ssize_t got = -1;
	long len;

	memset(acct, 0, sizeof *acct);
	h->conn = h->fd = -1;
	len = authd_verify_format(h->packet, sizeof h->packet, 'P', user,
	    password, ip);
	if (len == -1 && errno == EMSGSIZE)
		return AUTHD_NO;
	if (len != -1)
		got = ask(h, (size_t)len, deadline_in(AUTHD_TIMEOUT_MS));
	if (got > 0 && !is_verdict(h)) {
		h->len = (size_t)got;
		return AUTHD_YES;
	}
	if (got == -1 ||
	    authd_account_scan(&result, acct, h->packet, (size_t)got) == -1)
		cannot(acct, "authd or mailboxd");
	if (got == -1)
		explicit_bzero(h->packet, sizeof h->packet);
	if (h->conn != -1)
		close(h->conn);
	h->conn = -1;
	return result;
}
