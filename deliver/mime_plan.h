/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_MIME_PLAN_H
#define DELIVER_MIME_PLAN_H

/* The first of two passes over a message with 8-bit bytes that goes to a server
 * without 8BITMIME: what has to become of each part (RFC 6152 section 3). */
#include <stdint.h>
#include "deliver/mime_walk.h"

/* More than one byte in so many with the eighth bit, and more than so many in
 * all: base64, which is then shorter than quoted-printable. */
#define MIME_BASE64_FROM  4
#define MIME_BASE64_LEAST 64

enum mime_action {
	MIME_KEEP,
	MIME_TO_7BIT,   /* has no such bytes: only called otherwise */
	MIME_TO_QUOTED,
	MIME_TO_BASE64,
	MIME_FIX_QUOTED, /* quoted-printable with 8-bit bytes in it */
	MIME_FIX_BASE64  /* base64 with such bytes, which mean nothing */
};
struct mime_plan {
	bool eight;      /* some body has 8-bit bytes; else nothing is to do */
	const char *why; /* not NULL: it cannot be converted */
	unsigned char action[MIME_ENTITIES_MAX];
	bool utf8[MIME_ENTITIES_MAX]; /* what is 8-bit in it is UTF-8 */
	/* of the part at hand */
	uint64_t bytes, high;
	unsigned tail, least, most; /* bytes a character still needs, the next */
	bool bad_utf8;
	struct mime_walk walk;
};
void mime_plan_start(struct mime_plan *p);
void mime_plan_feed(struct mime_plan *p, const char *s, size_t len);
void mime_plan_end(struct mime_plan *p);

#endif
