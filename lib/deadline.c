/* SPDX-License-Identifier: ISC */
#include "lib/deadline.h"
#include <errno.h>
#include <poll.h>
#include "lib/clock.h"

#define NEVER UINT64_MAX

uint64_t
deadline_in(int timeout_ms)
{
	if (timeout_ms < 0)
		return NEVER;
	return timeout_ms ? clock_boot_ms() + (uint64_t)timeout_ms : 0;
}

int
deadline_left(uint64_t deadline)
{
	uint64_t now;

	if (deadline == NEVER)
		return -1;
	now = deadline ? clock_boot_ms() : 0;
	return now < deadline ? (int)(deadline - now) : 0;
}

int
deadline_wait(int fd, short events, uint64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do {
		n = poll(&p, 1, deadline_left(deadline));
	} while (n == -1 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	if (n == 1 && (p.revents & POLLNVAL)) {
		errno = EBADF;
		return -1;
	}
	return n == 1 ? 0 : -1;
}
