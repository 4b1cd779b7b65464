/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_QUOTA_WARNING_H
#define DELIVER_QUOTA_WARNING_H

/* The owner of a mailbox hears that it is nearly full: once when it crosses the
 * line of etc/quota-warning, and again only after it fell below.
 *
 * That the owner knows stands in mail/NAME/postern-warned.  What a mailbox holds
 * is counted after the delivery was answered, and not each time: a count serves
 * until an eighth of what was left to the line has come in through this worker, or
 * an hour is over.  Where the messages are limited too, the line is crossed by
 * whichever is first. */
#include <stdbool.h>
#include <stdint.h>
#include "deliver/local_job.h"

#define QUOTA_COUNT_SECONDS   3600
#define QUOTA_TEXT            "etc/quota-text"
#define QUOTA_TEXT_MAX        65536 /* bytes of it */
#define QUOTA_TEXT_WORDS      "{mailbox}", "{used}", "{quota}", "{percent}"

/* size bytes have come into the mailbox, and that is answered. */
void quota_delivered(const char *mailbox, uint64_t size);
/* It was counted, for another reason. */
struct maildir_usage;
struct mailbox_info;
void quota_counted(const char *mailbox, const struct maildir_usage *u,
    const struct mailbox_info *info);

/* The warning: headers and text, from etc/quota-text.  me: the host's name. */
struct quota_warning {
	const char *mailbox, *me;
	uint64_t used, quota, now;
	bool messages; /* are counted, not bytes */
};
void quota_warning_text(stralloc *out, const struct quota_warning *w);
/* Puts it into the mailbox.  0, or -1 with errno. */
int quota_warning_deliver(const struct quota_warning *w);

/* Its mistakes, for etccheck. */
struct line_errors;
void quota_text_check(struct line_errors *errors);

#endif
