/* SPDX-License-Identifier: ISC */
#include "pop3d/lent.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cdb-tools/cdb-tools.h"
#include "lib/log.h"
#include "lib/text.h"

#define SWEPT_MAX 64 /* at once */

static struct lent {
	int fd;         /* 0: free */
	uint32_t next;  /* of the free ones */
	char mailbox[ADDR_MAILBOX_MAX + 1];
	char epoch[sizeof((struct mailbox_info *)0)->epoch];
} *all;
static uint32_t first, used; /* a free one; those ever used */
static size_t max, n;
static int epoll_fd;

int
lent_open(size_t most)
{
	max = most;
	first = UINT32_MAX;
	all = calloc(max, sizeof *all);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return all && epoll_fd != -1 ? 0 : -1;
}

/* A free place, or max: there is none. */
static uint32_t
free_place(void)
{
	if (first != UINT32_MAX)
		return first;
	return used < max ? used : (uint32_t)max;
}

static int
watch(int conn, uint32_t i)
{
	struct epoll_event e = { .events = 0, .data.u32 = i };
	int fd = fcntl(conn, F_DUPFD_CLOEXEC, LENT_FD_MIN);

	if (fd != -1 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0)
		return fd;
	log_warnsys("unable to keep a session's connection");
	if (fd != -1)
		close(fd);
	return -1;
}

int
lent_add(int conn, const char *mailbox, const char *epoch)
{
	uint32_t i = free_place();
	struct lent *l = all + i;
	int fd = i < max ? watch(conn, i) : -1;

	if (fd == -1)
		return -1;
	close(conn);
	if (i == first)
		first = l->next;
	else
		used++;
	l->fd = fd;
	text_copy(l->mailbox, sizeof l->mailbox, mailbox);
	text_copy(l->epoch, sizeof l->epoch, epoch);
	n++;
	return 0;
}

/* A child that was forked meanwhile may hold it a moment longer. */
static void
forget(uint32_t i)
{
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, all[i].fd, NULL);
	close(all[i].fd);
	all[i].fd = 0;
	all[i].next = first;
	first = i;
	n--;
}

size_t
lent_sweep(void)
{
	struct epoll_event e[SWEPT_MAX];
	int got, i;

	do {
		got = n ? epoll_wait(epoll_fd, e, SWEPT_MAX, 0) : 0;
		for (i = 0; i < got; i++)
			forget(e[i].data.u32);
	} while (got == SWEPT_MAX);
	return n;
}

size_t
lent_known(void)
{
	return n;
}

/* What goes by the connection itself: another descriptor of it would keep a
 * closed one open. */
void
lent_check(bool (*must_end)(const char *mailbox, const char *epoch))
{
	uint32_t i;

	for (i = 0; i < used; i++)
		if (all[i].fd && must_end(all[i].mailbox, all[i].epoch))
			shutdown(all[i].fd, SHUT_RDWR);
}

void
lent_leave(void)
{
	close(epoll_fd);
	close_range(LENT_FD_MIN, UINT_MAX, 0);
}
