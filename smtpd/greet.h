/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_GREET_H
#define SMTPD_GREET_H

/* The commands that are about the session and not about a message. */
#include "smtpd/session.h"

void greet_banner(struct session *s);
void greet_helo(struct session *s, const char *arg);
void greet_ehlo(struct session *s, const char *arg);
void greet_rset(struct session *s, const char *arg);
void greet_noop(struct session *s, const char *arg);
void greet_help(struct session *s, const char *arg);
void greet_vrfy(struct session *s, const char *arg);
void greet_expn(struct session *s, const char *arg);
void greet_quit(struct session *s, const char *arg);
void greet_unknown(struct session *s, const char *arg);
void greet_foreign(struct session *s, const char *arg);

#endif
