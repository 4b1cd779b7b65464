/* SPDX-License-Identifier: ISC */
#include "pop3d/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pop3d/wait.h"
#include "tests/lib/check.h"

#define TOTAL 1000000 /* bytes: more than buffers hold */

static struct reply r;

static void
test_numbers(void)
{
	reply_init(&r, -1, 0);
	reply_num(&r, 0);
	reply_cat(&r, " ", (char *)0);
	reply_num(&r, 42);
	reply_cat(&r, " ", (char *)0);
	reply_num(&r, UINT64_MAX);
	reply_say(&r, " ", "end");
	CHECK("numbers",
	    r.len == 31 &&
		memcmp(r.buf, "0 42 18446744073709551615 end\r\n", 31) == 0);
}

/* A reader that takes its time gets every byte, in order. */
static void
test_slow_reader(int socket_like)
{
	static char buf[4096], text[1001];
	unsigned long got = 0;
	int fds[2], status, bad = 0;
	ssize_t n, i;

	if (socket_like ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds)
			: pipe2(fds, 0))
		abort();
	if (fork() == 0) {
		close(fds[1]);
		while ((n = read(fds[0], buf, sizeof buf)) > 0) {
			for (i = 0; i < n; i++, got++)
				bad |= buf[i] != (char)('a' + got % 26);
			usleep(100);
		}
		_exit(bad || got != TOTAL);
	}
	close(fds[0]);
	if (!socket_like)
		fcntl(fds[1], F_SETFL, O_NONBLOCK);
	reply_init(&r, fds[1], 5000);
	for (got = 0; got < TOTAL; got += 1000) {
		for (i = 0; i < 1000; i++)
			text[i] = (char)('a' + (got + (unsigned long)i) % 26);
		reply_put(&r, text, 1000);
	}
	CHECK("flush", reply_flush(&r) == 0 && r.sent == TOTAL);
	close(fds[1]);
	wait(&status);
	CHECK("every byte, in order", status == 0);
}

static void
fill_up(int fd, int timeout_ms)
{
	int i;

	reply_init(&r, fd, timeout_ms);
	for (i = 0; i < 100; i++) {
		r.len = REPLY_SIZE;
		reply_flush(&r);
	}
}

static void
test_failures(void)
{
	sigset_t term;
	int fds[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	fill_up(fds[0], 50);
	CHECK("nobody reads", r.error == ETIMEDOUT);
	reply_put(&r, "x", 1);
	CHECK("... it stays so", reply_flush(&r) == -1 && errno == ETIMEDOUT);
	close(fds[1]);
	fill_up(fds[0], 50);
	CHECK("nobody is there", r.error == EPIPE);
	close(fds[0]);
	socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	wait_signal_fd = signalfd(-1, &term, 0);
	raise(SIGTERM);
	fill_up(fds[0], 5000);
	CHECK("SIGTERM is seen when it has to wait", r.error == ECANCELED &&
		r.sent < 100UL * REPLY_SIZE);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_numbers();
	test_slow_reader(0);
	test_slow_reader(1);
	test_failures();
	return CHECK_DONE();
}
