/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LOCAL_WIRE_H
#define QUEUE_LOCAL_WIRE_H

/* queued's end of run/deliver/local (deliver/deliver.h). */
#include "deliver/deliver.h"
#include "lib/maildir.h"
#include "lib/token.h"
#include "queue/active.h"

#define LOCAL_TARGETS_MAX (QUEUE_RECIPIENTS_MAX * (ADDR_MAX + 1UL))

struct local_answer {
	char op; /* S H K X M T N G */
	uint64_t job;
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char name[MAILDIR_NAME_MAX + 1];
	char status[16];
	char text[DELIVER_TEXT_MAX + 1];
	char kind; /* of X: enum journal_kind */
	char sender[ADDR_MAX + 1], away[ADDR_MAX + 1];
	char key[TOKEN_KEY_BYTES + 1];
	stralloc head;
	stralloc targets; /* of X: NUL-ended strings */
	char to[ADDR_MAX + 1]; /* of M */
	int fd; /* of M: the answer; of H: the file; or -1 */
};
/* D (unnamed: C), R, L or U for a target, as its phase says, into buf of
 * DELIVER_MSG_MAX bytes.  Its length or -1. */
long local_request_make(char *buf, unsigned job, const struct active *a,
    uint32_t target, bool unnamed);
/* Its descriptor is not looked at. */
int local_answer_scan(struct local_answer *x, const char *packet, size_t len);
void local_answer_free(struct local_answer *x);
/* An X: what is new in it becomes targets. */
void local_expanded(struct active *a, uint32_t target,
    const struct local_answer *x);

#endif
