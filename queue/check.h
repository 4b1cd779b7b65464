/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_CHECK_H
#define QUEUE_CHECK_H

/* What a message must be before it is taken: LF line ends, no CR, no NUL, its
 * last line ended, not more than CHECK_HOPS_MAX Received fields. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "queue/queue.h"

/* What came with it; smtpd's own, and queue-inject's behind a filter. */
#define CHECK_HOPS_MAX (QUEUE_HOPS_MAX + 2)

struct check {
	bool in_header, eight, bad;
	unsigned column; /* in the line; stops at 9 */
	bool received;   /* the line so far reads "received:" */
	char last;
	unsigned hops;
};
void check_start(struct check *c);
void check_bytes(struct check *c, const char *p, size_t len);
/* NULL: it is good; else what is wrong. */
const char *check_end(const struct check *c);

#endif
