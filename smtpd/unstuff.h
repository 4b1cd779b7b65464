/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_UNSTUFF_H
#define SMTPD_UNSTUFF_H

/* The state machine of DATA: from the wire's bytes to lines that end in LF.
 *
 * Only CRLF ends a line and only CRLF.CRLF the message.  A bare CR, a bare LF
 * or a NUL sets bad and changes nothing else: what looks like an end to a
 * sloppy reader is text here, the real end is still found, and the caller
 * refuses the whole (nobody smuggles a second message past us). */
#include <stdbool.h>
#include <stddef.h>

enum unstuff_state {
	UNSTUFF_START, /* of a line; also of the message */
	UNSTUFF_TEXT,
	UNSTUFF_CR,    /* a CR was seen in a line */
	UNSTUFF_DOT,   /* a dot at the start of a line */
	UNSTUFF_DOT_CR /* ... and a CR behind it */
};
struct unstuff {
	enum unstuff_state state;
	bool bad;
	size_t ends; /* of lines, in what was fed last */
};
/* Takes bytes of buf and rewrites them in place, which only makes them fewer.
 * *used: bytes read; *out: bytes of text now at the start of buf.  1: the end
 * of the message was read; 0: all was taken, more to come. */
int unstuff_feed(
    struct unstuff *u, char *buf, size_t len, size_t *used, size_t *out);

#endif
