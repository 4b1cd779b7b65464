/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_SENDMAIL_HEADER_H
#define QUEUE_SENDMAIL_HEADER_H

/* The header of a submitted message: read, recipients taken, completed. */
#include <stdbool.h>
#include "queue/inject.h"
#include "queue/sendmail_options.h"

#define SENDMAIL_HEADER_MAX 1048576 /* bytes */

struct sendmail_header {
	stralloc fields; /* as they came, LF line ends, without the blank line */
	stralloc out;    /* completed */
	bool from, date, id, to; /* which there were */
	bool resent;     /* Resent-To, Cc or Bcc is there: -t takes those */
	const char *full_name; /* borrowed, or NULL */
};
/* Does this line begin or go on with a field?  first: no field came before. */
bool sendmail_is_field(const char *line, size_t len, bool first);
/* Takes the recipients of To, Cc, Bcc into in.  0, or -1 with *why. */
int sendmail_take_recipients(struct sendmail_header *h, struct inject *in,
    const char **why);
/* Makes out: Bcc gone, names without a domain completed, From, Date,
 * Message-ID, To added where missing. */
void sendmail_complete(struct sendmail_header *h, const struct inject *in);

#endif
