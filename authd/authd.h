/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_AUTHD_H
#define AUTHD_AUTHD_H

/* The protocol of run/authd/pop3, smtp and redeem, and the calls that speak it.
 *
 * run/authd/pop3 (pop3d, auth-checkpassword as root), run/authd/smtp (smtpd):
 *   'V' version user password ip     is this the password of this login name?
 *   'Y' mailbox ticket    yes.  pop3: the window is open now, and the ticket is
 *                         good once, for AUTHD_TICKET_SECONDS, at mailboxd.
 *                         smtp: ticket is relayd's token for this session.
 *   'N'                   no: wrong or unknown, one answer, after the delay
 *   'D' text              right password, but the mailbox is disabled
 *   'T' reason            cannot tell now: try later (no table, relayd down,
 *                         too many waiting, past the deadline)
 * Several requests may follow one another on a connection, one at a time.
 *
 * run/authd/redeem (mailboxd):
 *   'R' version ticket
 *   'Y' mailbox ip user   (the client's address and the name it logged in by)
 *   'N'                   no such ticket, or spent, or too old
 *   'T' reason
 *
 * A connection closed without an answer means 'T'.  user is at most
 * AUTHD_USER_MAX bytes: a mailbox name, or an e-mail address where a login=
 * extra names it; folded to lower case by authd. */
#include <stddef.h>
#include "lib/addr.h"
#include "lib/ip.h"

#define AUTHD_VERSION        1
#define AUTHD_MSG_MAX        2048 /* bytes */
#define AUTHD_USER_MAX       320  /* bytes */
#define AUTHD_PASSWORD_MAX   512  /* bytes */
#define AUTHD_TICKET_MAX     256  /* bytes of text, NUL included */
#define AUTHD_TICKET_SECONDS 10
#define AUTHD_TIMEOUT_MS     20000 /* the callers' patience */
#define AUTHD_REDEEM_MS      5000  /* mailboxd's: nothing is hashed for it */
#define AUTHD_DEADLINE_MS    15000 /* past it authd itself says 'T' */

#define AUTHD_POP3_PATH   "run/authd/pop3"
#define AUTHD_SMTP_PATH   "run/authd/smtp"
#define AUTHD_REDEEM_PATH "run/authd/redeem"

enum authd_result {
	AUTHD_YES,
	AUTHD_NO,
	AUTHD_DISABLED,
	AUTHD_TRY_LATER
};
struct authd_account {
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char ticket[AUTHD_TICKET_MAX];
	char reason[200]; /* of DISABLED and TRY_LATER */
};
/* Connects, asks, closes; wipes its buffers.  Never blocks longer than
 * AUTHD_TIMEOUT_MS; whatever goes wrong is AUTHD_TRY_LATER. */
enum authd_result authd_verify(struct authd_account *acct, const char *path,
    const char *user, const char *password, const struct ip *ip);

struct authd_login {
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char ip[IP_TEXT_SIZE];
	char user[AUTHD_USER_MAX + 1];
};
/* mailboxd's.  1: redeemed.  0: no such ticket.  -1: cannot tell. */
int authd_redeem(struct authd_login *login, const char *ticket);

#endif
