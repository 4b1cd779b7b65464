/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_SMTP_DOT_H
#define DELIVER_SMTP_DOT_H

/* A message made ready for DATA: every line end (LF, CRLF and, which should not
 * be there, a lone CR) becomes CRLF, then a dot that begins a line is doubled.
 * Nothing inside can then be taken for the end by any server.  Pure. */
#include <stddef.h>

enum smtp_dot_state { SMTP_DOT_START, SMTP_DOT_MIDDLE, SMTP_DOT_AFTER_CR };
struct smtp_dot {
	enum smtp_dot_state state; /* SMTP_DOT_START at first */
};
/* out has room for 2 * len bytes; how many were put there. */
size_t smtp_dot_feed(struct smtp_dot *d, char *out, const char *in, size_t len);
/* The end of the last line, where it is missing, and ".": at most 5 bytes. */
#define SMTP_DOT_END_MAX 5
size_t smtp_dot_end(struct smtp_dot *d, char *out);

#endif
