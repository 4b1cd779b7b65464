/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_SETTINGS_H
#define SMTPD_SETTINGS_H

/* What etc/ says, read when it is first needed in a session: a change shows at
 * once, and a session pays for what it uses. */
#include <stdbool.h>
#include "smtpd/session.h"

/* Fills s->me from etc/me, with a NUL behind it. */
void settings_me(struct session *s);
uint64_t settings_databytes(struct session *s);
/* Is the client in a network of etc/plaintext (loopback when there is none)? */
bool settings_plaintext(const struct session *s);
/* etc/sender-policy: "any" switches the check of senders off. */
bool settings_sender_any(void);
/* etc/hide-client: leave the client out of Received of what it submits? */
bool settings_hide_client(void);

#endif
