/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_SMTP_SENDING_H
#define DELIVER_SMTP_SENDING_H

/* What smtp_send.c (the envelope) and smtp_data.c (the message) share. */
#include "deliver/smtp_send.h"

struct sending {
	struct smtp_session *s;
	const struct smtp_mail *mail;
	struct smtp_recipient *rcpts;
	unsigned n, naccepted;
	const struct mime_plan *plan; /* of smtp_source.h, or NULL */
	uint64_t size;
	bool mail_ok;
	void (*settled)(void *arg, struct smtp_recipient *r);
	void *arg;
};

void sending_settle(struct sending *t, struct smtp_recipient *r);
/* The same outcome for all that are still open (accepted: of those only). */
void sending_settle_all(
    struct sending *t, const struct smtp_outcome *o, bool accepted);
/* 0, or -1: the connection broke.  After 421 it is closed, but what the reply
 * says still holds: sending_go_on is 0 while the session is open, else -1. */
int sending_reply(struct sending *t, struct smtp_reply *r, unsigned seconds,
    const char *what);
int sending_go_on(const struct sending *t);
/* From the reply to DATA on. */
int sending_data(struct sending *t);

#endif
