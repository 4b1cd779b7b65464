/* SPDX-License-Identifier: ISC */
#ifndef LIB_CONNS_IN_H
#define LIB_CONNS_IN_H

/* Between conns.c (the loop) and conns_conn.c (the connections). */
#include "lib/conns.h"

/* epoll's data: a listener (LISTENER + i), a watch (WATCH + i), or a pointer to
 * a connection, which is never that small. */
#define LISTENER 1
#define WATCH    (LISTENER + SERVICE_SERVES_MAX)
#define POINTER  (WATCH + CONNS_WATCHES_MAX)

int conns_control(struct conns *cs, int op, int fd, uint32_t events,
    uint64_t data);
/* A new connection, not yet watched; NULL: closed, there are too many. */
struct conn *conns_take(struct conns *cs, int port, int fd, uid_t uid);
/* It has just done something: idle from now on. */
void conns_touch(struct conns *cs, struct conn *c);
void conns_want(struct conns *cs, struct conn *c, uint32_t events);
/* A warning about a socket, at most once a minute. */
void conns_complain(struct conns *cs, int port, const char *what, uid_t uid);
/* Closes what has been idle too long, now and then. */
void conns_sweep(struct conns *cs);
/* Frees what was closed. */
void conns_bury(struct conns *cs);

#endif
