/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_MAILADDR_H
#define QUEUE_MAILADDR_H

/* The addresses of a header field (RFC 5322 section 3.4): display names,
 * comments, quotes, groups and folding understood. */
#include <stddef.h>

struct mailaddr {
	const char *s; /* the address itself, into the field */
	size_t len;    /* it may have blanks and comments inside: rare */
};
/* The next address of a field's value at *at: 1, or 0 at the end. */
int mailaddr_next(struct mailaddr *m, const char *value, size_t len,
    size_t *at);

#endif
