/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_SMTP_SEND_H
#define DELIVER_SMTP_SEND_H

/* One transaction: MAIL, RCPT for each, DATA, the message.
 *
 * Where the server offers PIPELINING everything up to DATA goes out in one
 * write. */
#include <signal.h>
#include "deliver/smtp_client.h"

#define SMTP_RECIPIENTS_MAX 100   /* of one transaction */
#define SMTP_READ_SIZE      16384 /* bytes read from the message at once */

/* The final dot is out and its reply is not there: to be killed now would mean
 * that the message goes out twice. */
extern volatile sig_atomic_t smtp_in_doubt;
#define SMTP_DOUBT_SECONDS 5

struct smtp_mail {
	const char *sender; /* borrowed */
	bool eightbit;
	int fd; /* the message: size bytes from offset */
	uint64_t offset, size;
	const char *head; /* header lines in front of it, LF ends */
	size_t head_len; /* at most SMTP_READ_SIZE */
};

enum smtp_fate {
	SMTP_UNKNOWN, /* the connection broke before anything was known */
	SMTP_FINAL,   /* outcome holds for good: do not try the next host */
	SMTP_SOFT,    /* outcome says why; another host may take it */
	SMTP_AGAIN    /* too many in one transaction: put it in the next */
};
struct smtp_recipient {
	const char *addr; /* borrowed */
	bool accepted;    /* by RCPT */
	enum smtp_fate fate;
	struct smtp_outcome outcome;
};
/* Sends mail to n recipients (at most SMTP_RECIPIENTS_MAX) and fills in their
 * fates.  0: the session is good for another.  -1: it is closed, s->failure
 * says why, and goes for those whose fate is unknown.  settled is called for
 * each recipient as soon as its fate is final. */
int smtp_send(struct smtp_session *s, const struct smtp_mail *mail,
    struct smtp_recipient *rcpts, unsigned n,
    void (*settled)(void *arg, struct smtp_recipient *r), void *arg);

#endif
