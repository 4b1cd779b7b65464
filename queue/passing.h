/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_PASSING_H
#define QUEUE_PASSING_H

/* How the targets of an alias elsewhere, a forward or a list go on: under which
 * sender, and with which header lines in front of the message. */
#include <stdbool.h>
#include "lib/sa.h"
#include "queue/target.h"

struct passing {
	struct passing *next; /* of the same message */
	const char *away; /* the sender for elsewhere, "": the target's own */
	const char *head; /* header lines, LF ends */
	const char *key;  /* not "": "{address}" and "{token}" in head are filled
			   * in, the token made with this key */
	bool verp;        /* the sender names the target */
};
/* The sender that goes out with a target. */
void passing_sender(stralloc *out, const struct target *t);
/* The header lines of a target, "" where there are none. */
void passing_head(stralloc *out, const struct target *t);
/* Must each target go out by itself?  p may be NULL. */
bool passing_alone(const struct passing *p);

#endif
