/* SPDX-License-Identifier: ISC */
#include "queue/loop.h"

#include <errno.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/table.h"

#define EVENTS_MAX 256 /* served in one turn */

static int epfd = -1;
static struct epoll_event events[EVENTS_MAX];
static int nevents;
static uint64_t now;

int
loop_open(void)
{
	epfd = epoll_create1(EPOLL_CLOEXEC);
	now = clock_boot_ms();
	return epfd == -1 ? -1 : 0;
}

int
loop_add(struct loop_fd *f, uint32_t ev)
{
	struct epoll_event e = { .events = ev, .data.ptr = f };

	f->events = ev;
	return epoll_ctl(epfd, EPOLL_CTL_ADD, f->fd, &e);
}

void
loop_change(struct loop_fd *f, uint32_t ev)
{
	struct epoll_event e = { .events = ev, .data.ptr = f };

	if (f->events == ev)
		return;
	f->events = ev;
	epoll_ctl(epfd, EPOLL_CTL_MOD, f->fd, &e);
}

/* No descriptor here has a copy elsewhere: with it goes its place in epoll. */
void
loop_close(struct loop_fd *f)
{
	int i;

	close(f->fd);
	f->fd = -1;
	for (i = 0; i < nevents; i++)
		if (events[i].data.ptr == f)
			events[i].data.ptr = NULL;
}

void
loop_wait(int timeout_ms)
{
	struct loop_fd *f;
	int i;

	nevents = epoll_wait(epfd, events, EVENTS_MAX, timeout_ms);
	now = clock_boot_ms();
	table_turn();
	log_hold();
	for (i = 0; i < nevents; i++) {
		f = events[i].data.ptr;
		if (f)
			f->ready(f, events[i].events);
	}
	nevents = 0;
}

uint64_t
loop_now(void)
{
	if (!now)
		now = clock_boot_ms();
	return now;
}
