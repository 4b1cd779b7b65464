/* SPDX-License-Identifier: ISC */
#include "pop3d/pop3d.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "authd/authd.h"
#include "lib/deadline.h"
#include "lib/log.h"
#include "lib/sock.h"
#include "lib/text.h"

/* An empty mailbox comes with its lock, nothing else does. */
static int
read_answer(enum pop3d_result *result, char text[POP3D_TEXT_MAX],
    const char *packet, size_t len, int fd)
{
	if (pop3d_answer_scan(result, text, packet, len) == 0 &&
	    (*result == POP3D_EMPTY) == (fd != -1))
		return 0;
	errno = EPROTO;
	return -1;
}

/* Sends the client and hears what comes of it: not EMPTY, not SEND. */
static int
send_client(enum pop3d_result *result, int conn,
    const struct pop3d_request *client, const int *fds, int nfds,
    char text[POP3D_TEXT_MAX])
{
	char packet[POP3D_MSG_MAX];
	uint64_t end = deadline_in(POP3D_TIMEOUT_MS);
	long len = pop3d_request_make(packet, sizeof packet, client);
	ssize_t got;

	if (len == -1 || sock_send(conn, packet, (size_t)len, fds, nfds,
	    deadline_left(end)) == -1 || deadline_wait(conn, POLLIN, end) == -1)
		return -1;
	got = sock_recv(conn, packet, sizeof packet, NULL, 0, NULL,
	    deadline_left(end));
	if (got == 0)
		errno = ECONNRESET;
	if (got <= 0 ||
	    read_answer(result, text, packet, (size_t)got, -1) == -1)
		return -1;
	if (*result != POP3D_SEND)
		return 0;
	errno = EPROTO;
	return -1;
}

static int
settle(enum pop3d_result *result, struct pop3d_hold *hold,
    const struct authd_handed *h, const struct pop3d_request *client, int in,
    int out, char text[POP3D_TEXT_MAX])
{
	int fds[2] = { in, out };

	if (read_answer(result, text, h->packet, h->len, h->fd) == -1)
		return -1;
	if (*result == POP3D_SEND)
		return send_client(result, h->conn, client, fds,
		    in == out ? 1 : 2, text);
	if (*result == POP3D_EMPTY)
		text_copy(hold->mailbox, sizeof hold->mailbox, text);
	return 0;
}

enum pop3d_result
pop3d_hand_over(struct pop3d_hold *hold, const struct authd_handed *h,
    const struct pop3d_request *client, int in, int out,
    char text[POP3D_TEXT_MAX])
{
	enum pop3d_result result;

	hold->conn = h->conn;
	hold->lock = h->fd;
	if (settle(&result, hold, h, client, in, out, text) == -1) {
		log_warnsys("unable to ask mailboxd");
		strcpy(text, "mailboxes are not available");
		result = POP3D_TRY_LATER;
	}
	if (result == POP3D_EMPTY)
		return result;
	if (h->fd != -1)
		close(h->fd);
	close(h->conn);
	return result;
}
