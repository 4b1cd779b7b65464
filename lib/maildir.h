/* SPDX-License-Identifier: ISC */
#ifndef LIB_MAILDIR_H
#define LIB_MAILDIR_H

/* Names in a Maildir: written by deliver-local, read by mailboxd and Dovecot.
 *
 *   SECONDS.P ROOTID . PATH HASH .HOST,S=BYTES,W=BYTES[:2,FLAGS]
 *
 * S= is the file's size with LF line ends, W= the size with CRLF (what POP3
 * tells): both from the name, without a stat. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/sa.h"

#define MAILDIR_NAME_MAX 255 /* bytes */
#define MAILDIR_FOLDERS  3
extern const char *const maildir_folders[MAILDIR_FOLDERS]; /* tmp, new, cur */

struct maildir_name {
	size_t baselen; /* of the name without ":2,FLAGS" */
	bool has_size, has_wsize;
	uint64_t size, wsize;
	const char *flags; /* into the name, or ""; not NUL-ended */
	size_t flagslen;
};
/* Takes a file name apart, as it is found in a folder, where others put files,
 * too.  1; 0: not a message (begins with '.', too long, has a '/' or a NUL). */
int maildir_found(struct maildir_name *m, const char *name, size_t len);
/* The same of a name that we are told: one with a control byte is none, either. */
int maildir_parse(struct maildir_name *m, const char *name, size_t len);
/* The name of a delivery: the same message id and path always give the same
 * one.  host: bytes other than letters, digits, '.', '-' become '_'. */
void maildir_make(stralloc *out, uint64_t wall_s, const char *rootid,
    const char *path, const char *host, uint64_t size, uint64_t wsize);
/* Makes mailbox/ with tmp, new, cur (0700) where missing.  0 or -1. */
int maildir_create(int maildirs_fd, const char *mailbox);

#endif
