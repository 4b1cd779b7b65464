/* SPDX-License-Identifier: ISC */
#include "lib/log.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/lib/check.h"

static const struct {
	const char *name, *value, *want;
} values[] = {
	{ "plain", "192.0.2.1", "p: ev k=192.0.2.1\n" },
	{ "empty", "", "p: ev k=\"\"\n" },
	{ "blank", "a b", "p: ev k=\"a b\"\n" },
	{ "quote", "a\"b", "p: ev k=\"a\\\"b\"\n" },
	{ "newline", "a\nb", "p: ev k=a\\x0ab\n" },
	{ "fake line", "x\np: login ip=1", "p: ev k=\"x\\x0ap: login ip=1\"\n" },
	{ "backslash", "a\\b", "p: ev k=a\\x5cb\n" },
	{ "backslash before a quote", "\\\"", "p: ev k=\"\\x5c\\\"\"\n" },
	{ "DEL and 8 bit", "\x7f\xc3\xa9\xff", "p: ev k=\\x7f\\xc3\\xa9\\xff\n" },
	{ "escape sequence", "\x1b[2J", "p: ev k=\\x1b[2J\n" },
	{ "equals sign", "a=b", "p: ev k=a=b\n" },
	{ "left out", NULL, "p: ev\n" },
};

static void
test_values(void)
{
	char out[LOG_LINE_MAX];
	size_t i, n;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *pairs[] = { "k", values[i].value, NULL };

		n = log_format_event(out, sizeof(out), "p", "ev", pairs);
		CHECK(values[i].name, n == strlen(values[i].want) &&
			memcmp(out, values[i].want, n) == 0);
	}
}

/* Every size of the buffer: cut at a whole escape, marked, never past it. */
static void
test_cuts(void)
{
	const char *pairs[] = { "key", "abc\n\n\ndef", "k2", "a \"b\"", NULL };
	char whole[256], out[256 + 1];
	size_t size, n, len;

	len = log_format_event(whole, 256, "prog", "event", pairs);
	for (size = 0; size < 256; size++) {
		memset(out, 'Z', sizeof(out));
		n = log_format_event(out, size, "prog", "event", pairs);
		CHECK("within", n <= size && out[size] == 'Z');
		if (size >= len)
			CHECK("whole", n == len && !memcmp(out, whole, n));
		else if (size >= 4)
			CHECK("marked", !memcmp(out + n - 4, "...\n", 4) &&
				!memcmp(out, whole, n - 4) &&
				size - n <= 3);
	}
}

static void
test_long(void)
{
	static char big[3 * LOG_LINE_MAX], out[3 * LOG_LINE_MAX];
	const char *pairs[] = { "k", big, NULL };

	memset(big, 'x', sizeof(big) - 1);
	CHECK("never longer", log_format_event(out, sizeof(out), "p", "e",
	    pairs) == LOG_LINE_MAX);
	CHECK("marked", !memcmp(out + LOG_LINE_MAX - 4, "...\n", 4));
	big[LOG_LINE_MAX - (sizeof("p: e k=\n") - 1)] = 0;
	CHECK("exactly fits", log_format_event(out, sizeof(out), "p", "e",
	    pairs) == LOG_LINE_MAX && out[LOG_LINE_MAX - 2] == 'x');
}

static void
test_num(void)
{
	const char *a = log_num(0), *b = log_num(ULLONG_MAX);
	int i;

	for (i = 0; i < 6; i++)
		log_num(7);
	CHECK("zero", strcmp(a, "0") == 0);
	CHECK("largest", strcmp(b, "18446744073709551615") == 0);
}

static void
say_things(void)
{
	errno = ENOENT;
	log_warnsys("unable to open ", "users.cdb");
	CHECK("errno kept", errno == ENOENT);
	log_info("one", "", "two");
	log_event("login", "ip", "192.0.2.1", "account", (char *)0, "mailbox",
	    "w");
	log_rename("child");
	log_event("bare");
	log_fatal(100, "the end");
}

static char text_of_2000[2001];

static const char said[] =
    "t: warning: unable to open users.cdb: No such file or directory\n"
    "t: onetwo\n"
    "t: login ip=192.0.2.1 mailbox=w\n"
    "child: bare\n"
    "child: fatal: the end\n";

/* A child whose stderr is fd; its exit code. */
static int
in_child(int fd, int other, void (*f)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(other);
		dup2(fd, 2);
		close(fd);
		log_program("t");
		f();
		_exit(check_failed ? 99 : 0);
	}
	close(fd);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_sinks(void)
{
	char buf[65536];
	int fds[2], kind;
	ssize_t n, got;

	for (kind = 0; kind < 2; kind++) {
		if (kind ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds))
			abort();
		CHECK("exit code", in_child(fds[1], fds[0], say_things) == 100);
		for (got = 0; (n = read(fds[0], buf + got,
		    sizeof(buf) - (size_t)got)) > 0; got += n)
			;
		CHECK("said", (size_t)got == sizeof(said) - 1 &&
			memcmp(buf, said, sizeof(said) - 1) == 0);
		close(fds[0]);
	}
}

static void
hold_things(void)
{
	int i;

	log_hold();
	log_info("held");
	CHECK("not yet", write(2, "first\n", 6) == 6);
	log_release();
	log_hold();
	for (i = 0; i < 3; i++) /* more than is ever held */
		log_info(text_of_2000);
	log_release();
	log_release();
	log_info("at once");
	log_hold();
	log_fatal(111, "bye");
}

/* What is held comes out in order, and whole; an end lets nothing be lost. */
static void
test_hold(void)
{
	char buf[65536], want[8192];
	int fds[2];
	ssize_t n, got;
	int len;

	memset(text_of_2000, 'x', sizeof(text_of_2000) - 1);
	len = snprintf(want, sizeof(want),
	    "first\nt: held\nt: %s\nt: %s\nt: %s\nt: at once\nt: fatal: bye\n",
	    text_of_2000, text_of_2000, text_of_2000);
	if (pipe(fds))
		abort();
	CHECK("exit code", in_child(fds[1], fds[0], hold_things) == 111);
	for (got = 0; (n = read(fds[0], buf + got,
	    sizeof(buf) - (size_t)got)) > 0; got += n)
		;
	CHECK("held", got == len && memcmp(buf, want, (size_t)len) == 0);
	close(fds[0]);
}

#define FLOOD 20000

static int drain_fd;

/* Fills stderr while nobody reads, then empties it and speaks once more. */
static void
flood(void)
{
	char buf[65536];
	int i;

	for (i = 0; i < FLOOD; i++)
		log_event("flood", "i", log_num((unsigned)i));
	fcntl(drain_fd, F_SETFL, O_NONBLOCK);
	while (read(drain_fd, buf, sizeof(buf)) > 0)
		;
	log_info("after");
}

static void
test_never_blocks(void)
{
	char buf[4096] = "";
	unsigned long dropped = 0;
	int fds[2], kind, other;
	ssize_t n;

	for (kind = 0; kind < 2; kind++) {
		if (kind ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds))
			abort();
		drain_fd = dup(fds[0]);
		other = dup(fds[1]);
		alarm(20);
		CHECK("ended", in_child(fds[1], other, flood) == 0);
		alarm(0);
		CHECK("flag is not shared",
		    !(fcntl(other, F_GETFL) & O_NONBLOCK));
		n = read(fds[0], buf, sizeof(buf) - 1);
		buf[n > 0 ? n : 0] = 0;
		sscanf(buf, "t: warning: %lu log lines dropped\nt: after\n",
		    &dropped);
		CHECK("counted", dropped > 100 && dropped < FLOOD);
		CHECK("goes on", strstr(buf, "dropped\nt: after\n") != NULL);
		close(fds[0]);
		close(other);
		close(drain_fd);
	}
}

static unsigned
lines_in(const char *buf, ssize_t len)
{
	unsigned n = 0;

	while (len-- > 0)
		n += *buf++ == '\n';
	return n;
}

#define CHILDREN 4

/* Children fill stderr and end; then it is emptied, and their parent speaks:
 * what it reads and what it is told of are all lines. */
static void
flood_by_children(void)
{
	static char buf[1 << 20];
	unsigned long dropped = 0;
	ssize_t n;
	int i, k;

	for (k = 0; k < CHILDREN; k++) {
		if (fork() == 0) {
			for (i = 0; i < FLOOD / CHILDREN; i++)
				log_event("flood", "i", log_num((unsigned)i));
			_exit(0);
		}
	}
	while (wait(NULL) != -1)
		;
	fcntl(drain_fd, F_SETFL, O_NONBLOCK);
	n = read(drain_fd, buf, sizeof(buf));
	log_info("after");
	k = (int)lines_in(buf, n);
	n = read(drain_fd, buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = 0;
	CHECK("told", sscanf(buf, "t: warning: %lu log lines dropped\nt: after\n",
	    &dropped) == 1);
	CHECK("counted", k > 0 && dropped + (unsigned)k == FLOOD);
}

static void
test_children(void)
{
	int fds[2], other;

	if (pipe(fds))
		abort();
	drain_fd = dup(fds[0]);
	other = dup(fds[1]);
	alarm(20);
	CHECK("of all children", in_child(fds[1], other, flood_by_children) == 0);
	alarm(0);
	close(fds[0]);
	close(other);
	close(drain_fd);
}

static void
speak(void)
{
	log_info("x");
	log_info("y");
}

static void
test_reader_gone(void)
{
	int fds[2];

	if (pipe(fds))
		abort();
	close(fds[0]);
	CHECK("no SIGPIPE", in_child(fds[1], fds[0], speak) == 0);
}

/* stderr closed: no file of ours may become descriptor 2. */
static void
test_closed(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(0);
		close(1);
		close(2);
		log_program("t");
		log_info("x");
		_exit(open("/dev/null", O_RDONLY) > 2 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	CHECK("0 to 2 are taken", status == 0);
}

int
main(void)
{
	test_values();
	test_cuts();
	test_long();
	test_num();
	test_sinks();
	test_hold();
	test_never_blocks();
	test_children();
	test_reader_gone();
	test_closed();
	return CHECK_DONE();
}
