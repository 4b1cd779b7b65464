/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LOOP_H
#define QUEUE_LOOP_H

/* The one epoll of queued: descriptors, each with a function to call. */
#include <stdint.h>
#include <sys/epoll.h>

struct loop_fd {
	int fd;
	uint32_t events; /* EPOLLIN, EPOLLOUT: what is asked for now */
	/* ready: what came, EPOLLHUP and EPOLLERR included.  May remove and
	 * free any loop_fd, this one too. */
	void (*ready)(struct loop_fd *self, uint32_t ready);
};

int loop_open(void);
int loop_add(struct loop_fd *f, uint32_t events);
void loop_change(struct loop_fd *f, uint32_t events);
/* Out of the loop, and closed. */
void loop_close(struct loop_fd *f);
/* Waits at most timeout_ms and serves what is ready.  What it logs is held
 * (log_hold); the caller releases it at the end of its turn. */
void loop_wait(int timeout_ms);

/* The time of this turn, milliseconds of clock_boot_ms. */
uint64_t loop_now(void);

#endif
