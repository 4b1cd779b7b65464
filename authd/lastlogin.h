/* SPDX-License-Identifier: ISC */
#ifndef AUTHD_LASTLOGIN_H
#define AUTHD_LASTLOGIN_H

/* log/lastlogin/logins: when and from where each mailbox last logged in.
 *
 * A line of LASTLOGIN_LINE bytes a mailbox, written over in place: the mailbox
 * padded with blanks to 32, a blank, seconds since 1970 in ten digits, a blank,
 * the address padded to 45, a newline.  At most once in LASTLOGIN_SECONDS a
 * mailbox.  It is a convenience: whatever fails is warned of once and the login
 * goes on. */
#include <stdint.h>
#include "lib/addr.h"

#define LASTLOGIN_PATH    "log/lastlogin/logins"
#define LASTLOGIN_LINE    90      /* bytes */
#define LASTLOGIN_SECONDS 60
#define LASTLOGIN_MAX     1000000 /* lines */

struct lastlogin_entry {
	uint64_t hash;    /* of the mailbox; 0: empty */
	uint32_t written; /* boot seconds, + 1; 0: not since the start */
	uint32_t line;
};
struct lastlogin {
	const char *path; /* borrowed */
	struct lastlogin_entry *entries;
	uint32_t n, room; /* room: a power of two */
	int fd;
	unsigned char key[16];
};
void lastlogin_open(struct lastlogin *l, const char *path);
void lastlogin_note(struct lastlogin *l, const char *mailbox, const char *ip,
    uint64_t wall_s, uint32_t now_s);
void lastlogin_close(struct lastlogin *l);

#endif
