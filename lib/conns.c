/* SPDX-License-Identifier: ISC */
#include "lib/conns_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/sock.h"

#define EVENTS_MAX    64   /* a round of epoll */
#define WAIT_MS       60000 /* at most, idle */
#define PAUSE_MS      250 /* without accepting, out of descriptors */

static void
listeners(struct conns *cs, bool on)
{
	int i;

	for (i = 0; i < cs->nports; i++)
		conns_control(cs, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
		    cs->sv->listeners[i], EPOLLIN, (uint64_t)(LISTENER + i));
	cs->paused = !on;
	cs->paused_ms = cs->now_ms;
}

/* Nothing but the end of the connection is behind the request. */
static bool
is_last(int fd)
{
	char c;

	return recv(fd, &c, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

static void
read_request(struct conns *cs, struct conn *c)
{
	size_t max = cs->spec.request_max;
	ssize_t got = recv(c->fd, cs->buf, max, MSG_DONTWAIT | MSG_TRUNC);

	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		conn_close(cs, c);
		return;
	}
	conns_touch(cs, c);
	c->busy = true;
	c->last = is_last(c->fd);
	if ((size_t)got > max ||
	    cs->spec.request(cs->spec.arg, c, cs->buf, (size_t)got) == -1) {
		conns_complain(cs, c->port, "malformed request, closing",
		    c->uid);
		conn_close(cs, c);
	}
	explicit_bzero(cs->buf, (size_t)got > max ? max : (size_t)got);
}

/* One connection each time epoll names the listener: to be told that there is
 * no other costs more than to be told of it.  Its request is often there, and
 * with sock_call its end: then epoll never hears of it. */
static void
accept_one(struct conns *cs, int port)
{
	struct conn *c;
	uid_t uid;
	int fd = service_accept((struct service *)cs->sv, port, SOCK_NONBLOCK,
	    &uid);

	if (fd != -1) {
		c = conns_take(cs, port, fd, uid);
		if (!c)
			return;
		read_request(cs, c);
		if (c->fd != -1)
			conns_want(cs, c, c->busy ? c->events : EPOLLIN);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
	    errno == ENOBUFS) {
		conns_complain(cs, port, strerror(errno), 0);
		listeners(cs, false);
	}
}

static void
serve_conn(struct conns *cs, struct conn *c, uint32_t events)
{
	if (c->fd == -1)
		return;
	if (c->busy && events & (EPOLLHUP | EPOLLERR)) {
		if (cs->spec.gone)
			cs->spec.gone(cs->spec.arg, c);
		conn_close(cs, c);
	} else if (c->busy && events & EPOLLOUT) {
		conns_want(cs, c, 0);
		cs->spec.more(cs->spec.arg, c);
	} else if (c->busy) {
		conns_want(cs, c, 0); /* more, while it waits for an answer */
	} else {
		read_request(cs, c);
	}
}

static void
serve_event(struct conns *cs, const struct epoll_event *ev)
{
	uint64_t u = ev->data.u64;
	struct conns_watch *w;

	if (u >= POINTER) {
		serve_conn(cs, (struct conn *)(uintptr_t)u, ev->events);
	} else if (u >= WATCH) {
		w = &cs->watches[u - WATCH];
		if (w->ready)
			w->ready(w->arg, ev->events);
	} else {
		accept_one(cs, (int)(u - LISTENER));
	}
}

void
conns_wait(struct conns *cs, int timeout_ms)
{
	struct epoll_event ev[EVENTS_MAX];
	int i, n;

	if (timeout_ms < 0 || timeout_ms > WAIT_MS)
		timeout_ms = WAIT_MS;
	if (cs->paused && timeout_ms > PAUSE_MS)
		timeout_ms = PAUSE_MS;
	n = epoll_wait(cs->epoll, ev, EVENTS_MAX, timeout_ms);
	cs->now_ms = clock_boot_ms();
	if (cs->paused && cs->now_ms - cs->paused_ms >= PAUSE_MS)
		listeners(cs, true);
	for (i = 0; i < n; i++)
		serve_event(cs, &ev[i]);
	conns_sweep(cs);
	conns_bury(cs);
}

int
conns_watch(struct conns *cs, int fd, uint32_t events,
    void (*ready)(void *arg, uint32_t events), void *arg)
{
	struct conns_watch *w = NULL;
	int i;

	for (i = 0; i < CONNS_WATCHES_MAX; i++) {
		if (cs->watches[i].ready && cs->watches[i].fd == fd) {
			w = &cs->watches[i];
			break;
		}
		if (!w && !cs->watches[i].ready)
			w = &cs->watches[i];
	}
	if (!w) {
		errno = ENOSPC;
		return -1;
	}
	i = (int)(w - cs->watches);
	if (!events) {
		if (w->ready)
			conns_control(cs, EPOLL_CTL_DEL, fd, 0, 0);
		w->ready = NULL;
		return 0;
	}
	if (conns_control(cs, w->ready ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, events,
	    (uint64_t)(WATCH + i)) == -1)
		return -1;
	w->fd = fd;
	w->ready = ready;
	w->arg = arg;
	return 0;
}

int
conns_init(struct conns *cs, const struct service *sv,
    const struct conns_spec *spec)
{
	memset(cs, 0, sizeof *cs);
	cs->spec = *spec;
	cs->sv = sv;
	cs->now_ms = clock_boot_ms();
	while (cs->nports < SERVICE_SERVES_MAX &&
	    sv->row->serves[cs->nports].path) {
		cs->ports[cs->nports].max = spec->max[cs->nports];
		cs->nports++;
	}
	cs->buf = malloc(spec->request_max + 1);
	cs->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!cs->buf || cs->epoll == -1)
		return -1;
	listeners(cs, true);
	return 0;
}
