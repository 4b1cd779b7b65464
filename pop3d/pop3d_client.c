/* SPDX-License-Identifier: ISC */
#include "pop3d/pop3d.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/deadline.h"
#include "lib/log.h"
#include "lib/sock.h"
#include "lib/text.h"

/* One packet there and one back.  The answer's length, or -1. */
static ssize_t
ask(struct pop3d_hold *hold, const char *packet, size_t len, const int *fds,
    int nfds, char *answer, size_t size)
{
	uint64_t end = deadline_in(POP3D_TIMEOUT_MS);
	int n = 0;
	ssize_t got;

	hold->lock = -1;
	hold->conn = sock_connect(POP3D_PATH, POP3D_TIMEOUT_MS);
	if (hold->conn == -1 || sock_send(hold->conn, packet, len, fds, nfds,
	    deadline_left(end)) == -1)
		return -1;
	got = sock_recv(
	    hold->conn, answer, size, &hold->lock, 1, &n, deadline_left(end));
	if (got == -1)
		hold->lock = -1; /* nothing is kept */
	if (got == 0)
		errno = ECONNRESET;
	return got > 0 ? got : -1;
}

/* An empty mailbox comes with its lock, nothing else does. */
static bool
makes_sense(enum pop3d_result result, int lock)
{
	return (result == POP3D_EMPTY) == (lock != -1);
}

enum pop3d_result
pop3d_hand_over(struct pop3d_hold *hold, int ticket, const char *ip,
    const char *tls, const char *ahead, size_t aheadlen, int in, int out,
    char text[POP3D_TEXT_MAX])
{
	struct pop3d_request r = { .may_be_empty = true, .ahead = ahead,
		.aheadlen = aheadlen };
	enum pop3d_result result = POP3D_TRY_LATER;
	char packet[POP3D_MSG_MAX], answer[POP3D_TEXT_MAX + 16];
	int fds[3] = { ticket, in, out }, nfds = in == out ? 2 : 3;
	long len;
	ssize_t n;

	strcpy(text, "mailboxes are not available");
	text_copy(r.ip, sizeof r.ip, ip);
	text_copy(r.tls, sizeof r.tls, tls);
	len = pop3d_request_make(packet, sizeof packet, &r);
	if (len == -1)
		return POP3D_TRY_LATER;
	n = ask(hold, packet, (size_t)len, fds, nfds, answer, sizeof answer);
	if (n == -1)
		log_warnsys("unable to ask ", POP3D_PATH);
	else if (pop3d_answer_scan(&result, text, answer, (size_t)n) == -1 ||
	    !makes_sense(result, hold->lock)) {
		log_warn("no sense in the answer of ", POP3D_PATH);
		strcpy(text, "mailboxes are not available");
		result = POP3D_TRY_LATER;
	}
	if (result == POP3D_EMPTY)
		return result;
	if (hold->lock != -1)
		close(hold->lock);
	if (hold->conn != -1)
		close(hold->conn);
	return result;
}
