/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_RCPT_H
#define SMTPD_RCPT_H

/* May this recipient be? */
#include "smtpd/session.h"

struct rcpt {
	stralloc address; /* as the envelope carries it, NUL behind it */
	stralloc refusal; /* the whole reply, NUL behind it; empty: accepted */
	bool foreign;     /* accepted, and it needs the grant */
};
/* r starts as { 0 }; asked: the address as the client wrote it. */
void rcpt_decide(struct rcpt *r, struct session *s, const stralloc *asked);
void rcpt_free(struct rcpt *r);

#endif
