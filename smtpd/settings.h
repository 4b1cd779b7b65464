/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_SETTINGS_H
#define SMTPD_SETTINGS_H

/* What etc/ says: a change shows in the next session.  What the acceptor has
 * read (settings_look), its children read again only when the file changed. */
#include <stdbool.h>
#include "smtpd/session.h"

/* Fills in me (a NUL behind it), databytes and plaintext. */
void settings_look(struct session *s);
/* The acceptor's: reads the words below, so that its children know the last good
 * ones, and a bad one is logged when it is made, not once a session. */
void settings_keep(void);
/* Is the client in a network of etc/plaintext (loopback when there is none)? */
bool settings_plaintext(const struct session *s);
/* etc/sender-policy: "any" switches the check of senders off. */
bool settings_sender_any(void);
/* etc/hide-client: leave the client out of Received of what it submits? */
bool settings_hide_client(void);
/* etc/over-quota: is mail for a full mailbox refused for good, or until later? */
bool settings_full_refuses(void);

#endif
