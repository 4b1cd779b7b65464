/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/conns.h"
#include "lib/log.h"
#include "tests/lib/check.h"

/* The clock, the listener and the log are the test's. */
static uint64_t now_ms = 1000000;
static int coming[64], ncoming, warnings, controls;

int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *ev)
{
	controls++;
	return (int)syscall(SYS_epoll_ctl, epfd, op, fd, ev);
}

uint64_t
clock_boot_ms(void)
{
	return now_ms;
}

int
service_accept(struct service *sv, int i, int flags, uid_t *uid)
{
	(void)sv;
	(void)i;
	*uid = 1;
	if (!ncoming) {
		errno = EAGAIN;
		return -1;
	}
	fcntl(coming[--ncoming], F_SETFL, flags & SOCK_NONBLOCK ? O_NONBLOCK :
	    0);
	return coming[ncoming];
}

void
log_text_(const char *kind, int with_errno, ...)
{
	(void)kind;
	(void)with_errno;
	warnings++;
}

const char *
log_num(unsigned long long n)
{
	(void)n;
	return "";
}

static struct conns cs;
static struct conn *asked;
static int requests, gones, mores;

/* "now": answered; "later": kept; else: nonsense. */
static int
request(void *arg, struct conn *c, char *packet, size_t len)
{
	(void)arg;
	requests++;
	asked = c;
	if (len == 3 && !memcmp(packet, "now", 3))
		conn_answer(&cs, c, "yes", 3);
	else if (len != 5 || memcmp(packet, "later", 5))
		return -1;
	return 0;
}

static void
gone(void *arg, struct conn *c)
{
	(void)arg;
	(void)c;
	gones++;
}

static void
more(void *arg, struct conn *c)
{
	(void)arg;
	(void)c;
	mores++;
}

static int bell[2]; /* bell[0] stands in for the listener */

/* A caller who has said that before anybody accepts, and no more to come. */
static int
caller_with(const char *said)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1)
		abort();
	if (said && (send(pair[1], said, strlen(said), 0) == -1 ||
	    shutdown(pair[1], SHUT_WR) == -1))
		abort();
	coming[ncoming++] = pair[0];
	if (write(bell[1], "x", 1) == -1)
		abort();
	conns_wait(&cs, 0);
	if (read(bell[0], &(char){ 0 }, 1) == -1)
		abort();
	return pair[1];
}

static int
caller(void)
{
	return caller_with(NULL);
}

static void
say(int fd, const char *s)
{
	if (send(fd, s, strlen(s), MSG_NOSIGNAL) == -1)
		warnings += 0;
	conns_wait(&cs, 0);
}

/* What is there to read: its length, 0 hung up, -1 nothing. */
static ssize_t
hear(int fd)
{
	char buf[64];

	return recv(fd, buf, sizeof buf, MSG_DONTWAIT);
}

static void
test_answers(void)
{
	int a = caller(), b = caller();

	say(a, "now");
	CHECK("answered", hear(a) == 3);
	say(a, "later");
	CHECK("not yet", hear(a) == -1 && asked->busy);
	requests = 0;
	say(a, "now");
	CHECK("one at a time", requests == 0 && hear(a) == -1);
	say(b, "now");
	CHECK("others meanwhile", hear(b) == 3);
	for (struct conn *c = cs.ports[0].first; c; c = c->next)
		if (c->busy) {
			conn_answer(&cs, c, "yes!", 4);
			break;
		}
	conns_wait(&cs, 0);
	CHECK("later, then the next", hear(a) == 4 && hear(a) == 3);
	say(a, "what");
	CHECK("nonsense closes", hear(a) == 0 && warnings == 1);
	say(b, "0123456789012345678901234567890123456789");
	CHECK("too long closes", hear(b) == 0);
	CHECK("said once a minute", warnings == 1);
	CHECK("none left", cs.ports[0].n == 0);
	close(a);
	close(b);
}

static void
test_hanging_up(void)
{
	int a = caller();

	say(a, "later");
	close(a);
	conns_wait(&cs, 0);
	CHECK("told that it is gone", gones == 1 && cs.ports[0].n == 0);
	a = caller();
	close(a);
	conns_wait(&cs, 0);
	CHECK("idle: not told", gones == 1 && cs.ports[0].n == 0);
}

static void
test_one_question(void)
{
	int a, before = controls;

	gones = 0;
	a = caller_with("now");
	CHECK("answered and closed", hear(a) == 3 && hear(a) == 0 &&
	    cs.ports[0].n == 0);
	CHECK("epoll never heard of it", controls == before);
	close(a);
	a = caller_with("later");
	CHECK("watched while it waits", controls == before + 1 &&
	    hear(a) == -1 && cs.ports[0].n == 1);
	conns_wait(&cs, 0);
	CHECK("not sending is not being gone", gones == 0);
	conn_answer(&cs, asked, "yes", 3);
	CHECK("closed with the answer", hear(a) == 3 && hear(a) == 0 &&
	    cs.ports[0].n == 0);
	close(a);
	a = caller_with("later");
	close(a);
	conns_wait(&cs, 0);
	CHECK("gone meanwhile", gones == 1 && cs.ports[0].n == 0);
	a = caller();
	say(a, "now");
	CHECK("the question comes later: watched", controls > before + 2 &&
	    hear(a) == 3 && hear(a) == -1);
	close(a);
	conns_wait(&cs, 0);
	CHECK("none left", cs.ports[0].n == 0);
}

static void
test_parts(void)
{
	static char big[30000];
	int a = caller(), sent = 0, r;

	say(a, "later");
	while ((r = conn_part(&cs, asked, big, sizeof big)) == 1 &&
	    sent < 1000)
		sent++;
	CHECK("full at last", r == 0 && sent > 0);
	conns_wait(&cs, 0);
	CHECK("not called while full", mores == 0);
	while (recv(a, big, sizeof big, MSG_DONTWAIT) > 0)
		;
	conns_wait(&cs, 0);
	CHECK("called when there is room", mores == 1);
	conn_answer(&cs, asked, "end", 3);
	CHECK("the end", hear(a) == 3);
	close(a);
	conns_wait(&cs, 0);
}

static void
test_limits(void)
{
	int fds[4], i, extra;

	warnings = 0;
	now_ms += 120000;
	for (i = 0; i < 4; i++)
		fds[i] = caller();
	CHECK("so many", cs.ports[0].n == 4);
	extra = caller();
	CHECK("one too many is closed", hear(extra) == 0 && warnings == 1);
	close(extra);
	now_ms += CONNS_YIELD_SECONDS * 1000;
	say(fds[0], "now");
	hear(fds[0]);
	say(fds[1], "later");
	extra = caller();
	CHECK("the one idle longest yields", hear(fds[2]) == 0 &&
	    hear(extra) == -1 && errno == EAGAIN);
	CHECK("not the busy one, nor the lively one", hear(fds[1]) == -1 &&
	    hear(fds[0]) == -1);
	now_ms += CONNS_IDLE_SECONDS * 1000ULL;
	for (struct conn *c = cs.ports[0].first; c; c = c->next)
		if (c->busy)
			c->work = c;
	conns_wait(&cs, 0);
	CHECK("idle for an hour: closed", hear(fds[0]) == 0 &&
	    hear(fds[3]) == 0 && hear(extra) == 0);
	CHECK("ours to answer: kept", hear(fds[1]) == -1 &&
	    cs.ports[0].n == 1);
	close(extra);
	for (i = 0; i < 4; i++)
		close(fds[i]);
}

int
main(void)
{
	static const char *const nobody[] = { NULL };
	static const struct service_socket serves[] = {
		{ "run/test", nobody }, { NULL, nobody } };
	static const struct service_row row = {
		.program = "test", .serves = serves };
	struct service sv = { .row = &row };
	struct conns_spec spec = { .request_max = 32, .max = { 4 },
		.request = request, .gone = gone, .more = more };

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, bell) == -1)
		return 111;
	sv.listeners[0] = bell[0];
	if (conns_init(&cs, &sv, &spec) == -1)
		return 111;
	test_answers();
	test_hanging_up();
	test_one_question();
	test_parts();
	test_limits();
	return CHECK_DONE();
}
