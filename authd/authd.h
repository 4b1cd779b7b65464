/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_AUTHD_H
#define AUTHD_AUTHD_H

/* The protocol of run/authd/pop3 and smtp, and the calls that speak it.
 *
 * run/authd/pop3 (pop3d, auth-checkpassword as root), run/authd/smtp (smtpd):
 *   'V' version user password ip     is this the password of this login name?
 *   'Y' mailbox token     yes.  pop3: the window is open now; token is "".
 *                         smtp: token is relayd's, for this session.
 *   'N'                   no: wrong or unknown, one answer, after the delay
 *   'D' text              right password, but the mailbox is disabled
 *   'T' reason            cannot tell now: try later (no table, relayd down,
 *                         too many waiting, past the deadline)
 * Several requests may follow one another on a connection, one at a time.
 *
 * run/authd/pop3 also:
 *   'P' version user password ip     the same, by who wants the mailbox.  When the
 *        password is right and the window open, authd gives the connection to
 *        mailboxd, which answers from there on (pop3d/pop3d.h); else 'N', 'D',
 *        'T' as above
 *
 * run/mailboxd (authd, which keeps its connection):
 *   'L' until mailbox ip user  + that connection.  A login.  until: of
 *        clock_boot_ms, AUTHD_LOGIN_SECONDS from the login: later it is void;
 *        ip: the client's; user: the name it logged in by.  No answer
 *
 * A connection closed without an answer means 'T' (behind 'P' also: mailboxd ended
 * with the login in its hands).  user is at most
 * AUTHD_USER_MAX bytes: a mailbox name, or an e-mail address where a login=
 * extra names it; folded to lower case by authd. */
#include <stddef.h>
#include <stdint.h>
#include "lib/addr.h"
#include "lib/ip.h"

#define AUTHD_VERSION        1
#define AUTHD_MSG_MAX        2048 /* bytes */
#define AUTHD_USER_MAX       320  /* bytes */
#define AUTHD_PASSWORD_MAX   512  /* bytes */
#define AUTHD_TOKEN_MAX      256  /* bytes of text, NUL included */
#define AUTHD_LOGIN_SECONDS  10
#define AUTHD_TIMEOUT_MS     20000 /* the callers' patience */
#define AUTHD_DEADLINE_MS    15000 /* past it authd itself says 'T' */

#define AUTHD_POP3_PATH "run/authd/pop3"
#define AUTHD_SMTP_PATH "run/authd/smtp"

enum authd_result {
	AUTHD_YES,
	AUTHD_NO,
	AUTHD_DISABLED,
	AUTHD_TRY_LATER
};
struct authd_account {
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char token[AUTHD_TOKEN_MAX];
	char reason[200]; /* of DISABLED and TRY_LATER */
};
/* Connects, asks, closes; wipes its buffers.  Never blocks longer than
 * AUTHD_TIMEOUT_MS; whatever goes wrong is AUTHD_TRY_LATER. */
enum authd_result authd_verify(struct authd_account *acct, const char *path,
    const char *user, const char *password, const struct ip *ip);

/* pop3d's: asks 'P'. */
struct authd_handed {
	int conn;     /* mailboxd's by now; the caller's to close */
	int fd;       /* came with its answer; the caller's to close; -1: none */
	size_t len;
	char packet[AUTHD_MSG_MAX]; /* its first answer */
};
/* YES: handed is filled in.  Else nothing of it is, and acct->reason says why as
 * above.  Never blocks longer than AUTHD_TIMEOUT_MS. */
enum authd_result authd_login(struct authd_handed *handed,
    struct authd_account *acct, const char *user, const char *password,
    const struct ip *ip);

/* mailboxd's: a login from authd's connection. */
struct authd_login {
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char ip[IP_TEXT_SIZE];
	char user[AUTHD_USER_MAX + 1];
};
/* 1: here is one, and *conn, the connection of who logged in, the caller's to
 * close.  2: the same, but it comes too late: it is void.  0: nothing now.  -1: the
 * connection of authd ended, or speaks nonsense.  Does not wait.  now_ms is of
 * clock_boot_ms. */
int authd_login_take(struct authd_login *login, int *conn, int link,
    uint64_t now_ms);

#endif
