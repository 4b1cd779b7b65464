/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_OWN_FDS_H
#define QUEUE_OWN_FDS_H

/* Files without a name, reached by /proc/self/fd; queued's root is the home, so
 * that folder is opened before, and this process alone may look into it. */

/* Before service_enter.  0 or -1. */
int own_fds_open(void);
/* Opens the file behind fd once more: a descriptor or -1. */
int own_fd_again(int fd, int flags);
/* Gives the file behind fd a name in dir: 0 or -1. */
int own_fd_link(int fd, int dir, const char *name);

#endif
