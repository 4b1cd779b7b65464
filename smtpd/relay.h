/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_RELAY_H
#define SMTPD_RELAY_H

/* May this client relay, and as whom?  relayd's word, on a connection that the
 * session keeps. */
#include "smtpd/session.h"

enum relay_answer {
	RELAY_YES,
	RELAY_NO,
	RELAY_ENDED,  /* the window or the login that was a yes is no more */
	RELAY_UNKNOWN /* relayd cannot tell: 451 */
};
/* A login counts for a session, and a program logs in once a session: with this
 * 421 it ends. */
#define RELAY_LOG_IN_AGAIN " your login has ended: log in again"
/* A message that was on its way then is not to be dropped. */
#define RELAY_SEND_AGAIN                                                       \
	"451 4.7.1 your right to send has ended: check your mail (POP3) or "   \
	"log in again, then send again"
/* Asks once a transaction; a yes is kept in s->t.verdict.  A no to who is logged
 * in: the login is void. */
enum relay_answer relay_ask(struct session *s);
/* After a yes: is the client free to use any sender (network, RELAYCLIENT,
 * etc/sender-policy)? */
bool relay_is_exempt(const struct session *s);
/* After a yes: is this address one of the client's own?  Also RELAY_ENDED. */
enum relay_answer relay_owns(
    struct session *s, const char *address, size_t len);

#endif
