/* SPDX-License-Identifier: ISC */
#ifndef LIB_SOCK_H
#define LIB_SOCK_H

/* SOCK_SEQPACKET sockets in the file system, descriptors over them, deadlines.
 *
 * All descriptors are made close-on-exec.  Every blocking call takes a timeout
 * in milliseconds (negative: none) and fails with ETIMEDOUT past it.  Paths are
 * relative to the home, so they fit sun_path.  Free of libowfat. */
#include <stddef.h>
#include <sys/types.h>

#define SOCK_FDS_MAX 33  /* descriptors in one packet */
#define SOCK_BACKLOG 511 /* connections */

/* Binds path (a stale socket is replaced: bound aside, then renamed, so that it
 * is never seen half-made), mode and owner as given (-1: left as they are),
 * non-blocking listener.  The descriptor or -1. */
int sock_listen(const char *path, mode_t mode, uid_t uid, gid_t gid);
/* The same, but connections are refused until the caller listens. */
int sock_bind(const char *path, mode_t mode, uid_t uid, gid_t gid);
/* Next connection or -1 (EAGAIN: none).  *uid and *pid (each may be NULL): the
 * peer's, from SO_PEERCRED.  flags: 0 or SOCK_NONBLOCK. */
int sock_accept(int listener, int flags, uid_t *uid, pid_t *pid);
/* Blocking connection with a timeout for the connect itself, or -1. */
int sock_connect(const char *path, int timeout_ms);
/* uid at the other end, or (uid_t)-1. */
uid_t sock_peer_uid(int fd);

/* Sends one packet with nfds descriptors.  0 or -1.  timeout_ms 0: does not
 * wait (EAGAIN).  The descriptors stay the caller's. */
int sock_send(int fd, const void *buf, size_t len, const int *fds, int nfds,
    int timeout_ms);
/* Receives one packet: its length, 0 at the end of the connection, -1 on error
 * (EMSGSIZE: the packet or its descriptors did not fit; nothing is kept).  At
 * most max_fds descriptors are put in fds, *nfds says how many; surplus ones
 * are closed and the call fails with EPROTO.  fds may be NULL with max_fds 0.
 */
ssize_t sock_recv(int fd, void *buf, size_t size, int *fds, int max_fds,
    int *nfds, int timeout_ms);
/* Waits until fd is readable (POLLIN) or writable (POLLOUT).  0 or -1. */
int sock_wait(int fd, short events, int timeout_ms);
/* connect, send, say that no more comes (the server may hang up with its
 * answer), receive the answer, close.  Its length, or -1; a connection closed
 * without an answer is -1 with ECONNRESET.  timeout_ms covers it all. */
ssize_t sock_call(const char *path, const void *request, size_t len,
    const int *fds, int nfds, void *answer, size_t size, int *answer_fd,
    int timeout_ms);

#endif
