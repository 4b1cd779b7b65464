/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_QUEUECTL_PRINT_H
#define QUEUE_QUEUECTL_PRINT_H

#include <stdbool.h>
#include "lib/sa.h"
#include "queue/control.h"

/* A message as its packets come; printed when it is whole. */
struct listing {
	bool json, show, any;
	struct control_message m;
	stralloc recipients, targets; /* JSON so far, or text */
};
void listing_begin(struct listing *l, const struct control_message *m);
void listing_target(struct listing *l, const struct control_target *t);
/* Prints the one begun, if there is one. */
void listing_end(struct listing *l);
/* Appends "key":"s", without a key "s" alone, as JSON. */
void print_json(stralloc *out, const char *key, const char *s);
/* Appends s with '?' for what is not printable. */
void print_visible(stralloc *out, const char *s);

#endif
