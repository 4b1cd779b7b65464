/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/sock.h"
#include "tlsd/tlsd.h"
#include "tlsd/tlsd_proto.h"

#define UP_TIMEOUT_MS 0 /* of the connect that asks: an acceptor waits not */

static bool
answers_connect(const char *path)
{
	int fd = sock_connect(path, UP_TIMEOUT_MS);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

bool
tlsd_is_up(void)
{
	return answers_connect(TLSD_IN_PATH);
}

bool
tlsd_outward_is_up(void)
{
	return answers_connect(TLSD_OUT_PATH);
}

static int
cannot(struct tlsd_session *s, const char *what)
{
	snprintf(s->reason, sizeof(s->reason), "tlsd: %s: %s", what,
	    strerror(errno));
	return -1;
}

/* The descriptor must come with 'P' and only with it. */
static int
judge(struct tlsd_session *s, int op)
{
	if (op == 'P' && s->plain != -1)
		return 1;
	if (s->plain != -1)
		close(s->plain);
	s->plain = -1;
	if (op == 'N')
		return 0;
	if (op == 'T')
		return -1;
	errno = EPROTO;
	return cannot(s, "broken answer");
}

static int
hand_over(struct tlsd_session *s, const char *path, int fd,
    const struct tlsd_request *req)
{
	char wire[TLSD_MSG_MAX];
	long len;
	ssize_t n;

	memset(s, 0, sizeof(*s));
	s->plain = -1;
	len = tlsd_request_put(wire, sizeof(wire), req);
	if (len == -1)
		return cannot(s, "request");
	n = sock_call(path, wire, (size_t)len, &fd, 1, wire, sizeof(wire),
	    &s->plain, TLSD_TIMEOUT_MS);
	if (n <= 0)
		return cannot(s, path);
	return judge(s, tlsd_answer_scan(s, req->op, wire, (size_t)n));
}

/* A tlsd that hangs may hold the descriptor for good: closing ours would leave
 * the peer waiting with it. */
static int
give(struct tlsd_session *s, const char *path, int fd,
    const struct tlsd_request *req)
{
	int result = hand_over(s, path, fd, req);

	if (result == -1)
		shutdown(fd, SHUT_RDWR);
	return result;
}

int
tlsd_inward(struct tlsd_session *s, int client, const char *service,
    const struct ip *ip)
{
	struct tlsd_request req = { .op = 'I', .ip = *ip };

	snprintf(req.service, sizeof(req.service), "%s", service);
	return give(s, TLSD_IN_PATH, client, &req);
}

int
tlsd_outward(struct tlsd_session *s, int server, const char *host,
    const char *policy, const struct ip *ip)
{
	struct tlsd_request req = { .op = 'O', .ip = *ip };

	snprintf(req.host, sizeof(req.host), "%s", host);
	if (tlsd_policy_parse(&req.policy, policy) != 1) {
		memset(s, 0, sizeof(*s));
		s->plain = -1;
		errno = EINVAL;
		return cannot(s, policy);
	}
	return give(s, TLSD_OUT_PATH, server, &req);
}
