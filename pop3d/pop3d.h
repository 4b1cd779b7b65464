/* SPDX-License-Identifier: ISC */
#ifndef POP3D_POP3D_H
#define POP3D_POP3D_H

/* The protocol between mailboxd and pop3d, on the connection by which pop3d has
 * asked authd for a login and which authd has given to mailboxd since
 * (authd/authd.h: 'P', 'L').  mailboxd answers:
 *
 *   'E' mailbox + its lock     it is empty, and the client stays with pop3d, which
 *        is its session.  The session lasts no longer than the connection, which
 *        mailboxd ends with the mailbox; the mailbox is locked until the
 *        descriptor is closed
 *   'S' mailbox     not so: send the client.  pop3d then:
 *   'C' version tls ahead   + the client's descriptor or two: to read from and to
 *        write to (pop3d under a UCSPI server that uses pipes).  tls: "" or the TLS
 *        version; ahead: bytes the client has pipelined behind its login (at
 *        most POP3D_AHEAD_MAX).  mailboxd then:
 *   'Y'        the session has the client now and greets it with +OK, the reply
 *        to its login; pop3d closes its descriptor and ends
 *   'U' text   refused: mailbox in use ("[IN-USE] since ...") or disabled; the
 *        client stays with pop3d, which says "-ERR " text
 *   'M' text   mailboxes are not there now: pop3d says "-ERR [SYS/TEMP] " text
 * Closed without an answer behind 'C' means 'M', which also authd says, when it
 * cannot reach mailboxd.
 *
 * The child that mailboxd forks for a session confines itself to that one
 * mailbox, without sockets. */
#include <stdbool.h>
#include <stddef.h>
#include "lib/addr.h"

#define POP3D_VERSION    3
#define POP3D_MSG_MAX    8192  /* bytes */
#define POP3D_AHEAD_MAX  4096  /* bytes */
#define POP3D_TEXT_MAX   400   /* bytes of an answer's text */
#define POP3D_TIMEOUT_MS 20000 /* its child has a few files to open */
#define POP3D_PATH       "run/mailboxd"

/* RFC 1939 section 3: at least ten minutes. */
#define POP3D_IDLE_SECONDS 600
/* Before the login: from the greeting to the right password. */
#define POP3D_LOGIN_SECONDS 180
#define POP3D_LINE_MAX      512 /* bytes of a command with CRLF (RFC 2449: 255) */
#define POP3D_AUTH_LINE_MAX 2048 /* a base64 line of AUTH, CRLF included */
#define POP3D_ERRORS_MAX    20   /* bad commands before it hangs up */
#define POP3D_COMMANDS_MAX  50   /* before the login */
#define POP3D_LOGINS_MAX    3    /* wrong passwords before it hangs up */

#define POP3D_TLS_MAX       32   /* bytes of the TLS version, NUL included */
#define POP3D_WRITE_SECONDS 120  /* a client that takes nothing is gone */

/* etccheck's: is etc/uidl a rule? */
struct line_errors;
void pop3d_etc_check(struct line_errors *errors);

enum pop3d_result {
	POP3D_TAKEN,
	POP3D_REFUSED,
	POP3D_TRY_LATER,
	POP3D_EMPTY, /* the session is the caller's, with what is in pop3d_hold */
	POP3D_SEND   /* never a result of pop3d_hand_over */
};
struct pop3d_hold {
	char mailbox[ADDR_MAILBOX_MAX + 1];
	int conn; /* readable: the session must end */
	int lock;
};
struct pop3d_request {
	char tls[POP3D_TLS_MAX];
	const char *ahead; /* into the packet */
	size_t aheadlen;
};
/* pop3d's: what comes of a login that authd has handed on, which is closed, unless
 * it is EMPTY.  in and out may be the same descriptor; both stay the caller's.
 * Blocks no longer than POP3D_TIMEOUT_MS; whatever goes wrong is TRY_LATER. */
struct authd_handed;
enum pop3d_result pop3d_hand_over(struct pop3d_hold *hold,
    const struct authd_handed *handed, const struct pop3d_request *client, int in,
    int out, char text[POP3D_TEXT_MAX]);

/* The codec.  make: the packet's length or -1; scan: 0 or -1 (EPROTO). */
long pop3d_request_make(char *buf, size_t size, const struct pop3d_request *r);
int pop3d_request_scan(struct pop3d_request *r, const char *wire, size_t len);
/* text: of EMPTY and SEND the mailbox, of REFUSED and TRY_LATER why. */
long pop3d_answer_make(
    char *buf, size_t size, enum pop3d_result result, const char *text);
int pop3d_answer_scan(enum pop3d_result *result, char text[POP3D_TEXT_MAX],
    const char *wire, size_t len);

#endif
