/* SPDX-License-Identifier: ISC */
#ifndef POP3D_WAIT_H
#define POP3D_WAIT_H

/* Waiting for a client with a deadline and an ear for SIGTERM. */

/* A signalfd of SIGTERM, or -1 (SIGTERM then acts as it does by default).  A
 * signalfd made before a fork tells each process its own signals. */
extern int wait_signal_fd;

/* Until fd is ready for events (POLLIN, POLLOUT).  0, or -1: ETIMEDOUT, or
 * ECANCELED: SIGTERM has come. */
int wait_io(int fd, short events, int timeout_ms);

#endif
