/* SPDX-License-Identifier: ISC */
#include "tlsd/session.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/sock.h"
#include "tlsd/handshake.h"
#include "tlsd/pump.h"

static int
answer(const struct session *s, char op, const struct tlsd_session *t)
{
	char wire[TLSD_MSG_MAX];
	long len = tlsd_answer_put(wire, sizeof(wire), op, s->req.op, t);

	if (len == -1)
		return -1;
	return sock_send(s->conn, wire, (size_t)len, &t->plain, op == 'P', 0);
}

void
session_refuse(const struct session *s, char op, const char *reason)
{
	struct tlsd_session t = { .plain = -1 };

	snprintf(t.reason, sizeof(t.reason), "%s", reason);
	answer(s, op, &t); /* a caller that is gone needs none */
}

static int
confine(struct session *s)
{
	if (confine_limits(SESSION_MIB, SESSION_FILES, 0) == -1 ||
	    confine_dirs(NULL, NULL) == -1 || confine_install(s->filter) == -1)
		return -1;
	return fcntl(s->peer, F_SETFL, O_NONBLOCK);
}

/* The plain stream: ours, and the one the caller gets. */
static int
make_plain(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

int
session_run(struct session *s)
{
	struct tlsd_session t = { .plain = -1 };
	int ends[2];
	SSL *ssl;

	if (make_plain(ends) == -1 || confine(s) == -1) {
		log_warnsys("unable to confine a session");
		session_refuse(s, 'T', "tlsd: out of resources");
		return 111;
	}
	if (s->begin)
		s->begin(s);
	ssl = SSL_new(s->ctx);
	if (!ssl || handshake_run(ssl, s, &t) == -1) {
		answer(s, 'N', &t); /* the caller logs it */
		pump_linger(s->peer);
		return 0;
	}
	close(s->signer);
	t.plain = ends[1];
	if (answer(s, 'P', &t) == -1)
		return 0; /* the caller has lost patience */
	close(ends[1]);
	close(s->conn);
	malloc_trim(0); /* the handshake's memory: sessions are idle mostly */
	pump_run(ssl, s->peer, ends[0]);
	return 0;
}
