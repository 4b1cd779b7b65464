/* SPDX-License-Identifier: ISC */
/* questions - how long relayd and authd take to answer, one at a time over one
 * connection, in a home that bench/questions.py made.
 *
 *   questions check N WINDOWS     windows on 10.x.y.z, one of WINDOWS a question
 *   questions open N WINDOWS      a POP3 login's window: new, or renewed
 *   questions login N WINDOWS     the same login again and again (cached)
 *   questions redeem N WINDOWS GRANT    one grant, one recipient each
 *   questions echo N WINDOWS      the machine itself: a process that sends back
 *
 * Prints JSON: microseconds, each question's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "authd/authd_proto.h"
#include "lib/log.h"
#include "lib/sock.h"
#include "relayd/relayd.h"

static unsigned windows;

static double
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
fail(const char *what)
{
	log_fatalsys(111, what);
}

static void
login(int fd, const struct ip *ip)
{
	char buf[AUTHD_MSG_MAX];
	struct authd_account acct;
	enum authd_result result;
	ssize_t got;
	long len = authd_verify_format(buf, sizeof buf, 'V', "ann", "secret", ip);

	if (sock_send(fd, buf, (size_t)len, NULL, 0, 5000) == -1)
		fail("send");
	got = sock_recv(fd, buf, sizeof buf, NULL, 0, NULL, 5000);
	if (got <= 0 || authd_account_scan(&result, &acct, buf,
	    (size_t)got) == -1 || result != AUTHD_YES)
		fail("login");
}

/* As authd does, but waiting. */
static void
open_window(int fd, const struct ip *ip, const char *name)
{
	struct relayd_verdict v;
	char buf[RELAYD_MSG_MAX];
	long len = relayd_open_request(buf, sizeof buf, 'O', ip, name);

	if (sock_send(fd, buf, len, NULL, 0, RELAYD_TIMEOUT_MS) == -1)
		fail("open");
	len = sock_recv(fd, buf, sizeof buf, NULL, 0, NULL, RELAYD_TIMEOUT_MS);
	if (len <= 0 || relayd_open_answer(&v, 'O', buf, len) != 1)
		fail("open");
}

static void
redeem(int fd, const char *grant)
{
	struct relayd_verdict v;
	char buf[RELAYD_MSG_MAX];
	long len = relayd_redeem_request(buf, sizeof buf, grant, 0);

	if (len == -1 ||
	    sock_send(fd, buf, (size_t)len, NULL, 0, RELAYD_TIMEOUT_MS) == -1)
		fail("redeem");
	len = sock_recv(fd, buf, sizeof buf, NULL, 0, NULL, RELAYD_TIMEOUT_MS);
	if (len <= 0 ||
	    relayd_redeem_answer(&v, buf, (size_t)len) != 'Y')
		fail("redeem");
}

/* A packet of a question's size there and back, and nothing around it. */
static void
echo(int fd)
{
	char buf[64] = "";

	if (send(fd, buf, sizeof buf, 0) != sizeof buf ||
	    recv(fd, buf, sizeof buf, 0) != sizeof buf)
		fail("echo");
}

static int
start_echo(void)
{
	int pair[2];
	char buf[64];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1)
		return -1;
	switch (fork()) {
	case -1: return -1;
	case 0: break;
	default: close(pair[1]); return pair[0];
	}
	close(pair[0]);
	while (recv(pair[1], buf, sizeof buf, 0) > 0 &&
	    send(pair[1], buf, sizeof buf, MSG_NOSIGNAL) > 0)
		;
	_exit(0);
}

static void
ask(const char *what, int fd, const char *grant, unsigned i)
{
	struct relayd_verdict v;
	unsigned k = i * 7919u % windows;
	char text[IP_TEXT_SIZE], name[32];
	struct ip ip;

	snprintf(text, sizeof text, "10.%u.%u.%u", k >> 16, k >> 8 & 255,
	    k & 255);
	snprintf(name, sizeof name, "m%u", k / 2);
	ip_parse(&ip, text);
	if (!strcmp(what, "echo")) {
		echo(fd);
	} else if (!strcmp(what, "check")) {
		if (relayd_check(&v, fd, &ip, false, "", name) != 1 || !v.own)
			fail("check");
	} else if (!strcmp(what, "open")) {
		open_window(fd, &ip, name);
	} else if (!strcmp(what, "redeem")) {
		redeem(fd, grant);
	} else {
		login(fd, &ip);
	}
}

int
main(int argc, char **argv)
{
	const char *path = RELAYD_CHECK_PATH, *what = argc > 2 ? argv[1] : "";
	unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 0, i;
	double *took = calloc(n + 1, sizeof *took), start, all;
	int fd;

	log_program("questions");
	windows = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	if (!n || !took || !windows)
		log_fatal(100, "usage: questions WHAT N WINDOWS [GRANT]");
	if (!strcmp(what, "open"))
		path = RELAYD_OPEN_PATH;
	else if (!strcmp(what, "redeem"))
		path = RELAYD_REDEEM_PATH;
	else if (!strcmp(what, "login"))
		path = AUTHD_POP3_PATH;
	fd = strcmp(what, "echo") ? sock_connect(path, 5000) : start_echo();
	if (fd == -1)
		fail(path);
	all = now_us();
	for (i = 0; i < n; i++) {
		start = now_us();
		ask(what, fd, argc > 4 ? argv[4] : "",
		    strcmp(what, "login") ? i : 0);
		took[i] = now_us() - start;
	}
	all = now_us() - all;
	qsort(took, n, sizeof *took, compare);
	printf("{\"n\": %u, \"p50_us\": %.2f, \"p99_us\": %.2f, "
	       "\"max_us\": %.0f, \"per_s\": %.0f}\n", n, took[n / 2],
	    took[n - 1 - n / 100], took[n - 1], n / all * 1e6);
	return 0;
}
