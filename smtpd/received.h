/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_RECEIVED_H
#define SMTPD_RECEIVED_H

/* The fields that we put on a message. */
#include "smtpd/session.h"

/* Received (RFC 5321 section 4.4) for s->t, LF line ends.  submitted: ours, so
 * that etc/hide-client counts. */
void received_make(stralloc *out, struct session *s, bool submitted);
/* What a submitted message lacks (RFC 6409 section 8). */
void received_date(stralloc *out);
void received_message_id(stralloc *out, const struct session *s);

#endif
