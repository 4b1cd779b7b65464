/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_RELAY_H
#define SMTPD_RELAY_H

/* May this client relay, and as whom?  relayd's word, on a connection that the
 * session keeps. */
#include "smtpd/session.h"

enum relay_answer {
	RELAY_YES,
	RELAY_NO,
	RELAY_UNKNOWN /* relayd cannot tell: 451 */
};
/* Asks once a transaction; a yes is kept in s->t.verdict. */
enum relay_answer relay_ask(struct session *s);
/* After a yes: is the client free to use any sender (network, RELAYCLIENT,
 * etc/sender-policy)? */
bool relay_is_exempt(const struct session *s);
/* After a yes: is this address one of the client's own? */
enum relay_answer relay_owns(
    struct session *s, const char *address, size_t len);

#endif
