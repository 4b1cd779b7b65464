/* SPDX-License-Identifier: ISC */
#ifndef LIB_CONNS_H
#define LIB_CONNS_H

/* The many callers of a daemon on one epoll: accepting, limits, deadlines.
 *
 * Each connection has one request at a time.  The daemon's request function
 * gets a packet and either answers it there and then (conn_answer), or keeps
 * the connection and answers later; until then nothing is read from it.  An
 * answer that the peer does not take at once closes the connection: a slow or
 * dead caller never holds the loop.  Who shuts down the sending side behind a
 * request (sock_call) has the connection closed with the answer.
 *
 * Limits: connections of a socket (max); past it the one idle longest yields
 * when it has been so for CONNS_YIELD_SECONDS, else the new one is closed.
 * Idle longer than CONNS_IDLE_SECONDS: closed.  Refusals and malformed requests
 * are logged, at most once a minute a socket.  Free of libowfat. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "lib/service.h"

#define CONNS_YIELD_SECONDS 30
#define CONNS_IDLE_SECONDS  3600
#define CONNS_WATCHES_MAX   4 /* other descriptors of the daemon */

struct conn {
	struct conn *prev, *next; /* of its socket, idle longest first */
	uint64_t since_ms;        /* of the last request or answer */
	uint64_t cursor;          /* the daemon's, for answers in parts */
	uint64_t serial;          /* never used twice */
	int fd, port;
	uid_t uid;
	uint32_t events; /* what epoll waits for */
	bool watched;    /* by epoll */
	bool busy;       /* a request is being worked on */
	bool last;       /* the peer sends no more: the answer closes it */
	void *work;      /* the daemon's: what it does for the request */
};
struct conns_watch {
	void (*ready)(void *arg, uint32_t events);
	void *arg;
	int fd;
};
struct conns_port {
	unsigned max, n; /* connections: limit, now */
	struct conn *first, *last;
	uint64_t complained_ms;
};
struct conns_spec {
	size_t request_max; /* bytes of a packet */
	unsigned max[SERVICE_SERVES_MAX];
	/* 0; -1: not a request, the connection is closed.  The packet may be
	 * written to, and is wiped behind the call. */
	int (*request)(void *arg, struct conn *c, char *packet, size_t len);
	/* A busy connection broke: its answer is wanted no more.  May be NULL. */
	void (*gone)(void *arg, struct conn *c);
	/* The peer takes packets again: see conn_part.  May be NULL. */
	void (*more)(void *arg, struct conn *c);
	void *arg;
};
struct conns {
	struct conns_spec spec;
	const struct service *sv;
	struct conns_port ports[SERVICE_SERVES_MAX];
	struct conns_watch watches[CONNS_WATCHES_MAX];
	struct conn *dead; /* closed in this round */
	char *buf;
	uint64_t now_ms; /* CLOCK_BOOTTIME, at the last event */
	uint64_t serial, swept_ms, paused_ms;
	int epoll, nports;
	bool paused; /* out of descriptors: not accepting */
};

/* sv's sockets from now on.  0 or -1. */
int conns_init(struct conns *cs, const struct service *sv,
    const struct conns_spec *spec);
/* Watches a descriptor of the daemon's own; events 0 takes it out again (do it
 * before closing it).  0 or -1. */
int conns_watch(struct conns *cs, int fd, uint32_t events,
    void (*ready)(void *arg, uint32_t events), void *arg);
/* Serves what there is to serve; waits for it at most timeout_ms (-1: long). */
void conns_wait(struct conns *cs, int timeout_ms);

/* Sends the answer and reads on; on failure the connection is closed. */
void conn_answer(struct conns *cs, struct conn *c, const void *buf, size_t len);
/* Sends one of several packets: 1; 0: not now, "more" is called when it can
 * be sent; -1: the connection is closed. */
int conn_part(struct conns *cs, struct conn *c, const void *buf, size_t len);
/* Closes; the connection is no more.  Does not call gone. */
void conn_close(struct conns *cs, struct conn *c);
/* The same for one whose descriptor somebody else has got, and serves now. */
void conn_hand_on(struct conns *cs, struct conn *c);

#endif
