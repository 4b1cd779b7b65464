/* SPDX-License-Identifier: ISC */
#include "lib/conns_in.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/sock.h"

#define COMPLAIN_MS 60000 /* between two complaints about a socket */
#define SWEEP_MS    5000  /* between looks for idle connections */

int
conns_control(struct conns *cs, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event ev = { .events = events, .data.u64 = data };

	return epoll_ctl(cs->epoll, op, fd, &ev);
}

static void
unlink_conn(struct conns_port *p, struct conn *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		p->first = c->next;
	if (c->next)
		c->next->prev = c->prev;
	else
		p->last = c->prev;
}

static void
append_conn(struct conns_port *p, struct conn *c)
{
	c->next = NULL;
	c->prev = p->last;
	if (p->last)
		p->last->next = c;
	else
		p->first = c;
	p->last = c;
}

/* It has just done something: idle from now on. */
void
conns_touch(struct conns *cs, struct conn *c)
{
	struct conns_port *p = &cs->ports[c->port];

	c->since_ms = cs->now_ms;
	if (p->last == c)
		return;
	unlink_conn(p, c);
	append_conn(p, c);
}

void
conn_close(struct conns *cs, struct conn *c)
{
	struct conns_port *p = &cs->ports[c->port];

	if (c->fd == -1)
		return;
	unlink_conn(p, c);
	p->n--;
	close(c->fd);
	c->fd = -1;
	c->next = cs->dead; /* an event of this round may still name it */
	cs->dead = c;
}

void
conns_bury(struct conns *cs)
{
	struct conn *c;

	while ((c = cs->dead)) {
		cs->dead = c->next;
		free(c);
	}
}

void
conns_want(struct conns *cs, struct conn *c, uint32_t events)
{
	int op = c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (c->watched && c->events == events)
		return;
	c->events = events;
	c->watched = conns_control(cs, op, c->fd, events, (uintptr_t)c) == 0;
	if (c->watched)
		return;
	if (c->busy && cs->spec.gone)
		cs->spec.gone(cs->spec.arg, c);
	conn_close(cs, c);
}

void
conns_complain(struct conns *cs, int port, const char *what, uid_t uid)
{
	struct conns_port *p = &cs->ports[port];

	if (p->complained_ms && cs->now_ms - p->complained_ms < COMPLAIN_MS)
		return;
	p->complained_ms = cs->now_ms;
	log_warn(cs->sv->row->serves[port].path, ": ", what, " (uid ",
	    log_num(uid), ")");
}

/* Room for one more on this socket? */
static bool
make_room(struct conns *cs, struct conns_port *p)
{
	struct conn *c;

	if (p->n < p->max)
		return true;
	for (c = p->first; c; c = c->next) {
		if (cs->now_ms - c->since_ms < CONNS_YIELD_SECONDS * 1000)
			return false;
		if (!c->busy) {
			conn_close(cs, c);
			return true;
		}
	}
	return false;
}

struct conn *
conns_take(struct conns *cs, int port, int fd, uid_t uid)
{
	struct conns_port *p = &cs->ports[port];
	struct conn *c = NULL;

	if (make_room(cs, p))
		c = calloc(1, sizeof *c);
	if (!c) {
		conns_complain(cs, port, "too many connections, refusing some", uid);
		close(fd);
		return NULL;
	}
	c->fd = fd;
	c->port = port;
	c->uid = uid;
	c->serial = ++cs->serial;
	c->since_ms = cs->now_ms;
	append_conn(p, c);
	p->n++;
	return c;
}

void
conn_answer(struct conns *cs, struct conn *c, const void *buf, size_t len)
{
	if (sock_send(c->fd, buf, len, NULL, 0, 0) == -1 || c->last) {
		conn_close(cs, c);
		return;
	}
	c->busy = false;
	conns_touch(cs, c);
	conns_want(cs, c, EPOLLIN);
}

/* What another holds open, closing does not take off epoll. */
void
conn_hand_on(struct conns *cs, struct conn *c)
{
	if (c->watched)
		conns_control(cs, EPOLL_CTL_DEL, c->fd, 0, 0);
	conn_close(cs, c);
}

int
conn_part(struct conns *cs, struct conn *c, const void *buf, size_t len)
{
	if (send(c->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL) != -1)
		return 1;
	if (errno == EAGAIN) {
		conns_want(cs, c, EPOLLOUT);
		return 0;
	}
	conn_close(cs, c);
	return -1;
}

void
conns_sweep(struct conns *cs)
{
	struct conn *c, *next;
	int i;

	if (cs->now_ms - cs->swept_ms < SWEEP_MS)
		return;
	cs->swept_ms = cs->now_ms;
	for (i = 0; i < cs->nports; i++)
		for (c = cs->ports[i].first; c; c = next) {
			next = c->next;
			if (cs->now_ms - c->since_ms <
			    CONNS_IDLE_SECONDS * 1000ULL)
				break;
			if (c->busy && c->work)
				continue; /* ours to answer: not idle */
			conn_close(cs, c);
		}
}
