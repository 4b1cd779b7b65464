/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_MIME_SEVEN_H
#define DELIVER_MIME_SEVEN_H

/* The second pass: the message as a plan says, its bodies in 7 bits.
 *
 * Header fields stay as they are, but for Content-Transfer-Encoding, and what a
 * part without MIME fields needs so that its encoding is understood.  8-bit bytes
 * around the parts of a multipart, which nobody is shown, become '?'; a header of
 * one without its blank line gets it. */
#include "deliver/mime_plan.h"

#define MIME_LINE_MAX  76   /* bytes of an encoded line, LF not counted */
#define MIME_BASE64_IN 57   /* bytes that make one */
#define MIME_OUT_SIZE  4096 /* bytes handed on at once */

struct mime_seven {
	const struct mime_plan *plan;
	/* 0, or -1 with errno: it is not called again */
	int (*put)(void *arg, const char *p, size_t len);
	void *arg;
	bool failed;
	/* its own */
	size_t column;
	char blank; /* one that may be the line's last, or NUL */
	bool line_end; /* base64: one that may belong to a boundary */
	char in[MIME_BASE64_IN], out[MIME_OUT_SIZE];
	size_t inlen, outlen;
	int error;
	struct mime_walk walk;
};
/* plan, put and arg are set. */
void mime_seven_start(struct mime_seven *m);
void mime_seven_feed(struct mime_seven *m, const char *p, size_t len);
/* 0, or -1: put failed (errno). */
int mime_seven_end(struct mime_seven *m);

#endif
