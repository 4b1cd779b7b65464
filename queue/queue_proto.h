/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_QUEUE_PROTO_H
#define QUEUE_QUEUE_PROTO_H

/* The codec of run/queue/smtp and inject (queue.h): both ends link it. */
#include <stddef.h>
#include <stdint.h>
#include "queue/queue.h"
#include "lib/ip.h"

#define QUEUE_ORIGIN_MAX 16  /* bytes, NUL included */
#define QUEUE_HELO_MAX   256 /* bytes, NUL included */
#define QUEUE_GRANT_MAX  256 /* bytes, NUL included */

struct queue_request {
	char op; /* 'M', 'F' or 'C' */
	uint64_t size; /* of C alone; the rest is M's and F's */
	const char *recipients; /* into the packet; NUL-ended strings */
	size_t recipients_len;
	char sender[ADDR_MAX + 1];
	char origin[QUEUE_ORIGIN_MAX];
	char ip[IP_TEXT_SIZE];
	char helo[QUEUE_HELO_MAX];
	char account[ADDR_MAILBOX_MAX + 1];
	char body[2];
	char grant[QUEUE_GRANT_MAX];
};
/* Takes a request apart.  0, or -1 (EPROTO) with *why in words. */
int queue_request_scan(struct queue_request *q, const char *packet, size_t len,
    const char **why);
/* Makes 'M' or 'F'; inline_recipients false leaves the field empty (they travel
 * in a descriptor).  The length, or -1 (EMSGSIZE). */
long queue_request_make(char *buf, size_t size, char op,
    const struct queue_envelope *env, int inline_recipients);
long queue_commit_make(char *buf, size_t size, uint64_t message_size);

long queue_answer_make(char *buf, size_t size, const struct queue_answer *a);
/* 0, or -1 (EPROTO). */
int queue_answer_scan(struct queue_answer *a, const char *packet, size_t len);

/* The i-th of NUL-ended strings, NULL at the end: *at starts at 0 and moves on.
 * A list whose last string is not ended ends before it. */
const char *queue_list_next(const char *list, size_t len, size_t *at);

#endif
