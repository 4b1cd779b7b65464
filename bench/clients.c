/* SPDX-License-Identifier: ISC */
#include "bench/clients.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FAILED_MAX    1000 /* then it is no measurement */
#define SECONDS       3
#define MOST_SECONDS  3600 /* with -n alone */
#define STUCK_SECONDS 120

static int epfd, busy;
static struct sockaddr_in to;

double
clients_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
watch(struct client *c, int op, unsigned events)
{
	struct epoll_event e = { .events = events, .data.ptr = c };

	if (epoll_ctl(epfd, op, c->fd, &e) == -1)
		perror("epoll_ctl");
}

static void
flush(struct client *c)
{
	struct msghdr m = { .msg_iov = c->out, .msg_iovlen = 2 };
	ssize_t n = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	size_t k, done;
	bool waits;
	int i;

	for (i = 0, done = n > 0 ? (size_t)n : 0; i < 2; i++) {
		k = done < c->out[i].iov_len ? done : c->out[i].iov_len;
		c->out[i].iov_base = (char *)c->out[i].iov_base + k;
		c->out[i].iov_len -= k;
		done -= k;
	}
	waits = c->out[0].iov_len + c->out[1].iov_len > 0;
	if (waits != c->waits)
		watch(c, EPOLL_CTL_MOD, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
	c->waits = waits;
}

void
client_say2(struct client *c, const void *s, size_t len, const void *t,
    size_t tlen)
{
	c->out[0] = (struct iovec){ .iov_base = (void *)(size_t)s,
		.iov_len = len };
	c->out[1] = (struct iovec){ .iov_base = (void *)(size_t)t,
		.iov_len = tlen };
	flush(c);
}

void
client_say(struct client *c, const void *s, size_t len)
{
	client_say2(c, s, len, "", 0);
}

void
script_took(struct script *s, double began)
{
	if (s->ntook == s->size) {
		s->size = s->size * 2 + 4096;
		s->took = realloc(s->took, s->size * sizeof *s->took);
		if (!s->took)
			abort();
	}
	s->took[s->ntook++] = clients_now() - began;
}

/* Connects, if there is to be another session. */
static void
begin(struct script *s, struct client *c)
{
	struct sockaddr_in from = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + s->host) };
	int one = 1;

	c->fd = -1;
	if (s->failed >= FAILED_MAX || !s->again(c)) {
		busy--;
		return;
	}
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (s->host && bind(c->fd, (struct sockaddr *)&from, sizeof from) == -1)
		perror("bind");
	c->have = 0;
	c->waits = false;
	c->began = clients_now();
	s->connected(c);
	/* a full backlog makes one wait: not the others */
	if (c->fd == -1 || (connect(c->fd, (struct sockaddr *)&to,
	    sizeof to) == -1 && errno != EINPROGRESS)) {
		perror("connect");
		exit(111);
	}
	watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

static void
end(struct script *s, struct client *c, bool good)
{
	if (good)
		s->sessions++;
	else
		s->failed++;
	close(c->fd);
	begin(s, c);
}

/* Hands on the lines that are there. */
static enum verdict
lines(struct script *s, struct client *c)
{
	enum verdict v = CLIENT_MORE;
	char *at = c->in, *last = c->in + c->have, *nl;

	while (v == CLIENT_MORE && (nl = memchr(at, '\n',
	    (size_t)(last - at)))) {
		char *stop = nl > at && nl[-1] == '\r' ? nl - 1 : nl;

		*stop = '\0';
		v = s->line(c, at, (size_t)(stop - at));
		at = nl + 1;
	}
	if (v == CLIENT_FAILED && s->failed < 3)
		fprintf(stderr, "unexpected at step %d: %.200s\n", c->step,
		    c->in);
	c->have = (size_t)(last - at);
	memmove(c->in, at, c->have);
	return v;
}

static void
readable(struct script *s, struct client *c)
{
	ssize_t n = recv(c->fd, c->in + c->have, CLIENT_LINE_MAX - c->have,
	    MSG_DONTWAIT);
	enum verdict v;

	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0) {
		if (c->step >= 0 && s->failed < 3)
			fprintf(stderr, "closed at step %d\n", c->step);
		end(s, c, c->step < 0);
		return;
	}
	c->have += (size_t)n;
	v = lines(s, c);
	if (v == CLIENT_DONE)
		c->step = -1; /* only the end may come now */
	else if (v != CLIENT_MORE)
		end(s, c, v == CLIENT_CLOSE);
}

/* 0, or -1: they were stuck. */
static int
run(struct script *s, int port, int n, double seconds)
{
	struct client *all = calloc((size_t)n, sizeof *all);
	double until = clients_now() + seconds;
	struct epoll_event e[64];
	int i, got;

	epfd = epoll_create1(EPOLL_CLOEXEC);
	to = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	busy = n;
	for (i = 0; all && i < n; i++) {
		all[i].id = i;
		all[i].in = malloc(CLIENT_LINE_MAX);
		begin(s, &all[i]);
	}
	while (busy > 0 && clients_now() < until) {
		got = epoll_wait(epfd, e, 64, 1000);
		for (i = 0; i < got; i++) {
			struct client *c = e[i].data.ptr;

			if (e[i].events & EPOLLOUT)
				flush(c);
			if (e[i].events & ~(unsigned)EPOLLOUT)
				readable(s, c);
		}
	}
	return busy > 0 ? -1 : 0;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
print(struct script *s, const char *what, unsigned long count,
    double seconds, double began)
{
	unsigned long n = s->ntook;

	if (n)
		qsort(s->took, n, sizeof *s->took, compare);
	printf("{\"%s\": %lu, \"sessions\": %lu, \"failed\": %lu, "
	       "\"seconds\": %.4f, \"began\": %.4f", what, count, s->sessions,
	    s->failed, seconds, began);
	if (n)
		printf(", \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f",
		    s->took[n / 2] * 1e3, s->took[n - 1 - n / 100] * 1e3,
		    s->took[n - 1] * 1e3);
	printf("}\n");
}

bool
script_option(struct script *s, int letter, const char *value)
{
	switch (letter) {
	case 'c': s->clients = atoi(value); return s->clients > 0;
	case 't': s->seconds = atof(value); return true;
	case 'n': s->most = strtoul(value, NULL, 10); return true;
	}
	return false;
}

bool
script_is_more(const struct script *s)
{
	return (!s->most || s->begun < s->most) && clients_now() < s->until;
}

int
script_run(struct script *s, int port, const char *what,
    const unsigned long *count)
{
	struct timespec wall;
	double began;
	int stuck;

	if (s->seconds <= 0)
		s->seconds = s->most ? MOST_SECONDS : SECONDS;
	clock_gettime(CLOCK_REALTIME, &wall);
	began = clients_now();
	s->until = began + s->seconds;
	stuck = run(s, port, s->clients, s->seconds + STUCK_SECONDS);
	print(s, what, *count, clients_now() - began,
	    (double)wall.tv_sec + (double)wall.tv_nsec / 1e9);
	return stuck || s->failed;
}
