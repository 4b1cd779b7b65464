/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_REPLY_H
#define SMTPD_REPLY_H

#include "smtpd/session.h"

/* One reply line of joined strings, "250 2.0.0 ok".  5yz counts as an error of
 * the client's; 421 closes. */
#define reply(s, ...) reply_(s, __VA_ARGS__, (char *)0)
void reply_(struct session *s, ...);
/* The same, and a line in the log: who wanted what from where. */
#define reply_refused(s, to, ...) reply_refused_(s, to, __VA_ARGS__, (char *)0)
void reply_refused_(struct session *s, const char *to, ...);

#endif
