/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_INJECT_QMAIL_H
#define QUEUE_INJECT_QMAIL_H

/* Exit codes of qmail-queue. */
#define INJECT_TOO_LONG   11 /* an address */
#define INJECT_REFUSED    31 /* for good */
#define INJECT_NO_MEMORY  51
#define INJECT_TIMEOUT    52
#define INJECT_WRITE      53 /* no room */
#define INJECT_READ       54 /* message or envelope cannot be read, or ends early */
#define INJECT_HOME       61 /* etc/me is missing */
#define INJECT_TEMPORARY  71
#define INJECT_BUG        81
#define INJECT_FORMAT     91 /* of the envelope */
#define INJECT_ENVELOPE_MAX (QUEUE_RECIPIENTS_MAX * (ADDR_MAX + 2UL) + 1024)

/* Reads the message from fd 0, "F" sender NUL, "T" recipient NUL ..., NUL from
 * fd 1; queues it; the exit code.  What went wrong is told on fd 6, where that
 * is open: "D" (for good) or "Z" (try again), then text. */
int inject_qmail(void);

#endif
