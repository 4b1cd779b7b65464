/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_serve.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "deliver/resolver_dns.h"
#include "deliver/resolver_lookup.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/sock.h"

#define REQUEST_MAX 1024 /* bytes of a request packet */
#define EVENTS_MAX  64   /* of one epoll_wait */

struct conn {
	int fd; /* -1: gone, its lookup still runs */
	struct lookup *lookup;
	uint64_t deadline_ms;
};

static struct conn *conns[SERVE_CONNS_MAX];
static unsigned nconns;
static int epoll_fd;
static char mark_listener, mark_dns; /* addresses in epoll's data */

static void
watch(int op, int fd, unsigned events, void *ptr)
{
	struct epoll_event ev = { .events = events, .data.ptr = ptr };

	if (epoll_ctl(epoll_fd, op, fd, &ev) == -1)
		log_fatalsys(111, "unable to watch a descriptor");
}

/* sweep frees it, once its lookup has ended. */
static void
conn_close(struct conn *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
}

static void
answered(void *arg, struct lookup *l)
{
	static char buf[DELIVER_MSG_MAX];
	struct conn *c = arg;
	long len = lookup_answer(l, buf, sizeof(buf));

	c->lookup = NULL;
	lookup_free(l);
	if (c->fd == -1 || len == -1 ||
	    sock_send(c->fd, buf, (size_t)len, NULL, 0, 0) == -1) {
		conn_close(c);
		return;
	}
	c->deadline_ms = clock_boot_ms() + SERVE_IDLE_MS;
	watch(EPOLL_CTL_MOD, c->fd, EPOLLIN, c);
}

/* Between a request and its answer nothing more is read. */
static void
request(struct conn *c)
{
	char buf[REQUEST_MAX];
	struct resolver_request req;
	struct lookup *l;
	ssize_t n;

	n = sock_recv(c->fd, buf, sizeof(buf), NULL, 0, NULL, 0);
	if (n == -1 && (errno == EAGAIN || errno == ETIMEDOUT))
		return;
	if (n <= 0 || resolver_request_scan(&req, buf, (size_t)n) == -1) {
		if (n > 0)
			log_warn("broken request");
		conn_close(c);
		return;
	}
	c->deadline_ms =
	    clock_boot_ms() +
	    (req.op == 'P' ? LOOKUP_PTR_TIMEOUT_MS : LOOKUP_TIMEOUT_MS);
	watch(EPOLL_CTL_MOD, c->fd, 0, c);
	l = lookup_new(&req, answered, c);
	if (!l) {
		conn_close(c);
		return;
	}
	c->lookup = l;
	if (dns_reopen()) /* closing the old one took it out of epoll */
		watch(EPOLL_CTL_ADD, dns_fd(), EPOLLIN, &mark_dns);
	lookup_start(l);
}

static void
accept_all(struct service *sv)
{
	struct conn *c;
	uid_t uid;
	int fd;

	while (nconns < SERVE_CONNS_MAX) {
		fd = service_accept(sv, 0, SOCK_NONBLOCK, &uid);
		if (fd == -1)
			return;
		c = calloc(1, sizeof(*c));
		if (!c) {
			close(fd);
			return;
		}
		c->fd = fd;
		c->deadline_ms = clock_boot_ms() + SERVE_IDLE_MS;
		conns[nconns++] = c;
		watch(EPOLL_CTL_ADD, fd, EPOLLIN, c);
	}
}

static void
expire(struct conn *c, uint64_t now)
{
	if (now < c->deadline_ms)
		return;
	if (c->lookup)
		lookup_hurry(c->lookup);
	else
		conn_close(c);
}

/* Only between two rounds of events: none can point to what is freed here.
 * Backwards: the last one moves into the place of what is gone. */
static void
sweep(void)
{
	uint64_t now = clock_boot_ms();
	struct conn *c;
	unsigned i;

	for (i = nconns; i-- > 0;) {
		c = conns[i];
		expire(c, now);
		if (c->fd == -1 && !c->lookup) {
			conns[i] = conns[--nconns];
			free(c);
		}
	}
}

static void
handle(struct service *sv, const struct epoll_event *ev)
{
	struct conn *c = ev->data.ptr;

	if (ev->data.ptr == &mark_listener)
		accept_all(sv);
	else if (ev->data.ptr == &mark_dns)
		dns_process();
	else if (c->fd == -1)
		return;
	else if (c->lookup)
		conn_close(c); /* hung up while it waited */
	else
		request(c);
}

void
resolver_serve(struct service *sv)
{
	struct epoll_event evs[EVENTS_MAX];
	bool listening = false;
	int i, n;

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd == -1)
		log_fatalsys(111, "unable to make an epoll descriptor");
	if (dns_fd() != -1)
		watch(EPOLL_CTL_ADD, dns_fd(), EPOLLIN, &mark_dns);
	for (;;) {
		if (listening != (nconns < SERVE_CONNS_MAX)) {
			listening = !listening;
			watch(listening ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
			    sv->listeners[0], EPOLLIN, &mark_listener);
		}
		n = epoll_wait(
		    epoll_fd, evs, EVENTS_MAX, nconns ? SERVE_TICK_MS : -1);
		if (n == -1 && errno != EINTR)
			log_fatalsys(111, "unable to wait");
		for (i = 0; i < n; i++)
			handle(sv, &evs[i]);
		sweep();
	}
}
