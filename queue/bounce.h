/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_BOUNCE_H
#define QUEUE_BOUNCE_H

/* Delivery status notifications (RFC 3464, 6522): one for all recipients of a
 * message that failed under one sender, or are late. */
#include "queue/active.h"

#define BOUNCE_HEADER_MAX 32768 /* bytes of the original's header sent back */
#define BOUNCE_LISTED_MAX 50    /* recipients named in the text for people */

struct bounce {
	const struct active *a; /* borrowed, as everything here */
	const char *id, *me, *to;
	const char *sender; /* targets of this one's are meant */
	char status;        /* SPOOL_FAILED, or SPOOL_PENDING: a delay */
	bool double_bounce; /* to the postmaster */
	uint64_t until;     /* a delay: wall seconds when it is given up */
	const char *header; /* of the original */
	size_t header_len;
};
/* Is this one of b->a's targets told of in b? */
bool bounce_covers(const struct bounce *b, const struct target *t);
/* The whole message. */
void bounce_text(stralloc *out, const struct bounce *b);

/* The notification that a is due, through the queue's own commit;
 * round_bounced comes when it is durable, or could not be made. */
void bounce_start(struct active *a);

#endif
