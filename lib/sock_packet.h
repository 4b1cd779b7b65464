/* SPDX-License-Identifier: ISC */
#ifndef LIB_SOCK_PACKET_H
#define LIB_SOCK_PACKET_H

/* sock_send and sock_recv with a deadline (lib/deadline.h) that they share with
 * other steps.  Used by lib/sock. */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int sock_send_until(int fd, const void *buf, size_t len, const int *fds,
    int nfds, uint64_t deadline);
ssize_t sock_recv_until(int fd, void *buf, size_t size, int *fds, int max_fds,
    int *nfds, uint64_t deadline);

#endif
