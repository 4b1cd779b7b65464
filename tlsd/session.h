/* SPDX-License-Identifier: ISC */
#ifndef TLSD_SESSION_H
#define TLSD_SESSION_H

/* One session, in a process of its own: handshake, answer, carrying bytes.
 *
 * Before the first byte of the peer the process gives up what is left: it
 * reads no file, makes no socket, sees no other process. */
#include <openssl/ssl.h>
#include "lib/confine.h"
#include "tlsd/tlsd_proto.h"

#define SESSION_MIB   32 /* memory of one */
#define SESSION_FILES 64

struct session {
	int conn;   /* the caller */
	int peer;   /* the client (server) */
	int signer; /* the channel, or -1 */
	struct tlsd_request req;
	SSL_CTX *ctx;
	void (*begin)(const struct session *s); /* in the child; or NULL */
	const struct confine_filter *filter;
};

/* Answers the caller that there will be no session ('N' or 'T'). */
void session_refuse(const struct session *s, char op, const char *reason);
/* In the child; its exit code. */
int session_run(struct session *s);

#endif
