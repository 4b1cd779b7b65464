/* SPDX-License-Identifier: ISC */
#ifndef ADMIN_SESSION_H
#define ADMIN_SESSION_H

/* One request of one caller. */
#include <sys/types.h>

/* Reads it from conn, runs the tool in a process of its own with the caller's
 * descriptors, and answers with its exit code.  The session's own exit code.
 * SIGCHLD comes blocked. */
int session_run(int conn, uid_t uid);

#endif
