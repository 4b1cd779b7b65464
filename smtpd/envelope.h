/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_ENVELOPE_H
#define SMTPD_ENVELOPE_H

/* MAIL and RCPT. */
#include "smtpd/session.h"

void envelope_mail(struct session *s, const char *arg);
void envelope_rcpt(struct session *s, const char *arg);

#endif
