/* SPDX-License-Identifier: ISC */
#ifndef LIB_MAILDIR_USAGE_H
#define LIB_MAILDIR_USAGE_H

/* What a mailbox holds, as Maildir++ counts: new/ and cur/ of the Maildir and of
 * the folders in it (.Sent and so on, of IMAP), sizes with LF line ends, from
 * the names where they tell. */
#include <stdint.h>

struct maildir_usage {
	uint64_t bytes;
	uint64_t messages; /* all */
	uint64_t inbox;    /* those that POP3 shows */
};
/* *u of maildirs_fd/mailbox.  0 (also when there is no such folder yet: empty),
 * or -1.  Links are not followed. */
int maildir_usage(
    struct maildir_usage *u, int maildirs_fd, const char *mailbox);

#endif
