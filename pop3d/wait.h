/* SPDX-License-Identifier: ISC */
#ifndef POP3D_WAIT_H
#define POP3D_WAIT_H

/* Waiting for a client with a deadline and an ear for who ends the session. */

/* Readable: the session must end.  mailboxd: a signalfd of SIGTERM; made before a
 * fork, it tells each process its own signals.  pop3d: the connection of an empty
 * mailbox's session, or -1 (SIGTERM acts as it does by default there). */
extern int wait_signal_fd;

/* Until fd is ready for events (POLLIN, POLLOUT).  0, or -1: ETIMEDOUT, or
 * ECANCELED: it must end. */
int wait_io(int fd, short events, int timeout_ms);

#endif
