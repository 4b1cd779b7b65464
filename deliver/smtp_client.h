/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_SMTP_CLIENT_H
#define DELIVER_SMTP_CLIENT_H

/* A session with one server: connect, greeting, EHLO, STARTTLS, AUTH, QUIT.
 *
 * Timeouts are those of RFC 5321 section 4.5.3.2; each is for a whole reply. */
#include <stdbool.h>
#include <stdint.h>
#include "deliver/deliver.h"
#include "deliver/smtp_io.h"
#include "deliver/smtp_reply.h"
#include "lib/ip.h"

#define SMTP_CONNECT_SECONDS  30
#define SMTP_GREETING_SECONDS 300
#define SMTP_COMMAND_SECONDS  300 /* EHLO, STARTTLS, AUTH, MAIL, RCPT, RSET */
#define SMTP_DATA_SECONDS     120 /* the 354 */
#define SMTP_BLOCK_SECONDS    180 /* a block of the message */
#define SMTP_DOT_SECONDS      600 /* the reply to the final dot */
#define SMTP_QUIT_SECONDS     2   /* nobody waits for it */

#define SMTP_SLOW_SECONDS    60  /* no session; 421 to MAIL */
#define SMTP_REFUSED_SECONDS 120 /* no connection, AUTH refused */
#define SMTP_UNIX_PATH_SIZE  108 /* bytes, NUL included: sun_path's */
#define SMTP_ACCOUNT_SIZE    (DELIVER_ACCOUNT_MAX + 1) /* NUL included */

enum smtp_tls {
	SMTP_TLS_NONE,
	SMTP_TLS_MAY,
	SMTP_TLS_REQUIRED,
	SMTP_TLS_VERIFIED
};

/* One address to try. */
struct smtp_peer {
	char name[RESOLVER_NAME_MAX + 1]; /* for TLS and the log */
	struct ip ip;
	uint16_t port;
	char unix_path[SMTP_UNIX_PATH_SIZE]; /* not "": instead of ip, port */
	bool lmtp;
	bool by_mx;        /* a stranger's DNS named it: it may not be us */
	bool implicit_tls; /* port 465 */
	enum smtp_tls tls;
	char account[SMTP_ACCOUNT_SIZE]; /* auth=NAME, or "" */
};

/* How a host or a recipient came out; class as in deliver.h. */
struct smtp_outcome {
	char class_; /* 'K' 'T' 'N' 'L' */
	char status[SMTP_STATUS_MAX];
	char text[DELIVER_TEXT_MAX + 1];
	unsigned slow; /* seconds */
};
/* From a reply; class by its code; slow 0, for it may be about one message. */
void smtp_outcome_reply(struct smtp_outcome *o, const struct smtp_reply *r);
/* (o, class, status, slow, text...): the text is strings, joined. */
#define smtp_outcome_set(...) smtp_outcome_set_(__VA_ARGS__, (char *)0)
void smtp_outcome_set_(struct smtp_outcome *o, char class_, const char *status,
    unsigned slow, ...);

struct smtp_settings {
	const char *me; /* our name in EHLO, borrowed */
	bool has_source4, has_source6;
	struct ip source4, source6;
};

struct smtp_session {
	struct smtp_io io;
	struct smtp_peer peer;
	char host[DELIVER_HOST_MAX + 1]; /* "name[ip]" */
	bool pipelining, eightbit, starttls, auth_plain, auth_login, has_size;
	uint64_t size_max; /* 0: none told */
	bool tls;          /* is on */
	bool tls_failed;   /* the handshake: another try without TLS may do */
	bool auth_failed;  /* no login where auth=NAME asks for one */
	bool dirty;        /* a transaction is half open: RSET first */
	struct smtp_outcome failure; /* why it is not open, or broke */
};
/* 0: ready for MAIL.  -1: failure says why; closed. */
int smtp_session_open(struct smtp_session *s, const struct smtp_peer *peer,
    const struct smtp_settings *set);
bool smtp_session_is_open(const struct smtp_session *s);
/* QUIT, without waiting much for an answer. */
void smtp_session_quit(struct smtp_session *s);
/* For the modules of the session: sends a line, reads the reply.  0, or -1: the
 * connection is gone, failure says during what, closed. */
int smtp_command(struct smtp_session *s, struct smtp_reply *r, const char *line,
    const char *what);
/* The connection broke (errno) while we were at what; closes.  -1. */
int smtp_session_broken(struct smtp_session *s, const char *what);

/* smtp_connect.c: a connected, non-blocking descriptor or -1 with failure. */
int smtp_connect(struct smtp_session *s, const struct smtp_settings *set);
/* smtp_hello.c: EHLO (LHLO, HELO) and what the server can.  0 or -1. */
int smtp_hello(struct smtp_session *s, const char *me);
/* smtp_auth.c: AUTH with the secret of peer.account.  0 or -1. */
int smtp_auth(struct smtp_session *s);

#endif
