/* SPDX-License-Identifier: ISC */
#include "pop3d/wait.h"

#include <errno.h>
#include <poll.h>

#include "lib/clock.h"

int wait_signal_fd = -1;

int
wait_io(int fd, short events, int timeout_ms)
{
	uint64_t end = clock_boot_ms() + (uint64_t)timeout_ms, now;
	struct pollfd p[2] = { { .fd = fd, .events = events },
		{ .fd = wait_signal_fd, .events = POLLIN } };
	int n;

	for (;;) {
		n = poll(p, 2, timeout_ms);
		if (n > 0)
			break;
		if (n == -1 && errno != EINTR)
			return -1;
		now = clock_boot_ms();
		if (n == 0 || now >= end) {
			errno = ETIMEDOUT;
			return -1;
		}
		timeout_ms = (int)(end - now);
	}
	if (p[1].revents) {
		errno = ECANCELED;
		return -1;
	}
	return 0;
}
