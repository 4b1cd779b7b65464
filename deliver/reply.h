/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_REPLY_H
#define DELIVER_REPLY_H

/* Autoresponders: etc/replies/MAILBOX. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "deliver/local_job.h"

#define REPLY_TEXT_MAX 65536 /* bytes of etc/replies/MAILBOX */
#define REPLY_DAYS     7     /* between answers to one sender */

struct reply {
	char from[11], until[11]; /* days, "2026-12-24", or "" */
	unsigned days;
	const char *subject; /* into the text, NUL-ended, or NULL */
	const char *text;
	size_t text_len;
};
/* Takes the text apart (and puts NULs into it); what aliasdb would not take
 * counts for nothing. */
void reply_parse(struct reply *r, char *s, size_t len);
/* Is today ("2026-12-24") one of its days? */
bool reply_is_on(const struct reply *r, const char *today);

/* Has the mailbox one?  Then its message is opened before it can be moved. */
void reply_prepare(struct local_job *job);
/* The message is in the mailbox for good: answers the job with a reply.  1: it
 * did; 0: there is none to make; -1. */
int reply_make(struct local_job *job, int conn);

#endif
