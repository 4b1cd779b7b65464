/* SPDX-License-Identifier: ISC */
#ifndef SMTPD_HEADERS_H
#define SMTPD_HEADERS_H

/* The header of a message as it comes in: where it ends, its hops, its From.
 *
 * The header ends at an empty line, at the first line that is no field, or at
 * the end of the message. */
#include <stdbool.h>
#include <stddef.h>

#define HEADERS_MAX 262144 /* bytes of a header */

struct headers {
	size_t pos; /* start of the first line not looked at; at last: where
		     * the header ends */
	bool blank; /* it ended in an empty line, which is at pos */
	unsigned received, from, date, message_id; /* fields of that name */
	size_t from_pos, from_len; /* the last From's body, folds included */
	bool in_from;              /* the last field is a From */
};
/* h starts as { 0 }; s is the header from its first byte, LF line ends, and
 * grows from call to call.  1: it ended, at h->pos.  0: more is needed. */
int headers_scan(struct headers *h, const char *s, size_t len);

#endif
