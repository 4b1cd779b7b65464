/* SPDX-License-Identifier: ISC */
#ifndef POP3D_SESSION_LOCK_H
#define POP3D_SESSION_LOCK_H

/* One POP3 session a mailbox (RFC 1939 section 3): flock on postern.lock in
 * the mailbox.  The lock is the process's: it cannot outlive the session.
 *
 * The file is one line, always LOCK_BYTES long and written in place, so that
 * taking the lock costs no truncation: "SECONDS IP CLEANED", since when, from
 * where, and when tmp/ was last cleaned.  The line means something only while
 * the lock is held. */
#include <stdint.h>
#include "lib/ip.h"

#define SESSION_LOCK_FILE "postern.lock"
#define LOCK_BYTES        90

struct session_lock {
	int fd;
	uint64_t since; /* seconds */
	char ip[IP_TEXT_SIZE];
	uint64_t cleaned; /* seconds */
};
/* Takes the lock and writes now and ip into it, cleaned as found (0: never).
 * 1: taken.  0: in use, since and ip are the holder's.  -1. */
int session_lock_take(
    struct session_lock *k, int mailbox_fd, const char *ip, uint64_t now_s);
/* The same with a descriptor that can only be read: for who may hold the lock
 * and not write into the mailbox.  Only where the kernel knows the file
 * (pop3d/cached.h). */
int session_lock_lend(
    struct session_lock *k, int mailbox_fd, const char *ip, uint64_t now_s);
/* Gives it back. */
void session_lock_give(struct session_lock *k);
/* Writes the line again. */
int session_lock_write(const struct session_lock *k);

#endif
