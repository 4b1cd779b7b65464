/* SPDX-License-Identifier: ISC */
#include "lib/sock.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/clock.h"
#include "tests/lib/check.h"

static int
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void
test_listen(void)
{
	struct stat st;
	uid_t uid = 12345;
	pid_t pid = 0;
	int l, l2, c, a;

	umask(077);
	l = sock_listen("s", 0666, -1, -1);
	CHECK("listens", l != -1);
	CHECK("mode", stat("s", &st) == 0 && (st.st_mode & 0777) == 0666);
	CHECK("nobody yet", sock_accept(l, 0, NULL, NULL) == -1 &&
		errno == EAGAIN);
	c = sock_connect("s", 1000);
	CHECK("connects", c != -1 && !(fcntl(c, F_GETFL) & O_NONBLOCK) &&
		(fcntl(c, F_GETFD) & FD_CLOEXEC));
	a = sock_accept(l, SOCK_NONBLOCK, &uid, &pid);
	CHECK("accepts", a != -1 && (fcntl(a, F_GETFL) & O_NONBLOCK) &&
		(fcntl(a, F_GETFD) & FD_CLOEXEC));
	CHECK("peer", uid == getuid() && pid == getpid() &&
		sock_peer_uid(c) == getuid());
	l2 = sock_listen("s", 0600, -1, -1);
	CHECK("replaces", l2 != -1 && stat("s", &st) == 0 &&
		(st.st_mode & 0777) == 0600);
	close(a);
	close(c);
	close(l);
	close(l2);
	CHECK("stale", sock_connect("s", 100) == -1 && errno == ECONNREFUSED);
	CHECK("missing", sock_connect("none", 100) == -1 && errno == ENOENT);
	l = geteuid() ? -1 : sock_listen("s", 0660, 12, 34);
	CHECK("owner", geteuid() || (stat("s", &st) == 0 && st.st_uid == 12 &&
		st.st_gid == 34));
	close(l);
	close(open("file", O_WRONLY | O_CREAT, 0600));
	CHECK("a file is not replaced", sock_listen("file", 0600, -1, -1) == -1 &&
		errno == EEXIST);
	CHECK("peer of no socket", sock_peer_uid(0) == (uid_t)-1);
}

static void
test_long_path(void)
{
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	CHECK("listen", sock_listen(path, 0600, -1, -1) == -1 &&
		errno == ENAMETOOLONG);
	CHECK("connect", sock_connect(path, 10) == -1 &&
		errno == ENAMETOOLONG);
	CHECK("empty", sock_connect("", 10) == -1);
}

static void
test_backlog(void)
{
	struct { int fd[SOCK_BACKLOG + 10]; } c;
	uint64_t began;
	int l = sock_listen("b", 0600, -1, -1), i, last = -1;

	for (i = 0; i < SOCK_BACKLOG + 5; i++) {
		began = clock_boot_ms();
		c.fd[i] = last = sock_connect("b", 100);
		if (last == -1)
			break;
	}
	CHECK("full", last == -1 && errno == ETIMEDOUT && i >= 100);
	CHECK("after the time", clock_boot_ms() - began >= 95 &&
		clock_boot_ms() - began < 2000);
	while (i-- > 0)
		close(c.fd[i]);
	close(l);
}

static void
test_packets(void)
{
	char buf[8];
	int sv[2], fds[SOCK_FDS_MAX], n = 9, files[SOCK_FDS_MAX + 1], i, base;

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv);
	for (i = 0; i <= SOCK_FDS_MAX; i++)
		files[i] = open("/dev/null", O_RDONLY);
	base = count_fds();
	CHECK("plain", sock_send(sv[0], "hello", 5, NULL, 0, 0) == 0 &&
		sock_recv(sv[1], buf, 8, NULL, 0, NULL, 0) == 5 &&
		memcmp(buf, "hello", 5) == 0);
	CHECK("with fds", sock_send(sv[0], "x", 1, files, SOCK_FDS_MAX,
		0) == 0 && sock_recv(sv[1], buf, 8, fds, SOCK_FDS_MAX, &n,
		0) == 1 && n == SOCK_FDS_MAX);
	CHECK("close-on-exec", fcntl(fds[3], F_GETFD) & FD_CLOEXEC);
	for (i = 0; i < n; i++)
		close(fds[i]);
	CHECK("surplus fds", sock_send(sv[0], "x", 1, files, 3, 0) == 0 &&
		sock_recv(sv[1], buf, 8, fds, 2, &n, 0) == -1 &&
		errno == EPROTO && n == 0);
	CHECK("fds nobody wants", sock_send(sv[0], "x", 1, files, 1, 0) == 0 &&
		sock_recv(sv[1], buf, 8, NULL, 0, NULL, 0) == -1 &&
		errno == EPROTO);
	CHECK("packet too long",
	    sock_send(sv[0], "123456789", 9, files, 1, 0) == 0 &&
		sock_recv(sv[1], buf, 8, fds, 4, &n, 0) == -1 &&
		errno == EMSGSIZE && n == 0);
	CHECK("nothing leaks", count_fds() == base);
	CHECK("too many to send", sock_send(sv[0], "x", 1, files,
		SOCK_FDS_MAX + 1, 0) == -1 && errno == EINVAL);
	CHECK("empty packet", sock_send(sv[0], "", 0, NULL, 0, 0) == -1 &&
		errno == EINVAL);
	close(sv[0]);
	CHECK("the end", sock_recv(sv[1], buf, 8, fds, 4, &n, 100) == 0);
	CHECK("no SIGPIPE", sock_send(sv[1], "x", 1, NULL, 0, 0) == -1 &&
		errno == EPIPE);
	close(sv[1]);
	for (i = 0; i <= SOCK_FDS_MAX; i++)
		close(files[i]);
}

/* More descriptors than the wire format allows, from a peer that does not use
 * our calls. */
static void
test_many_fds(void)
{
	union {
		char buf[CMSG_SPACE(100 * sizeof(int))];
		struct cmsghdr h;
	} c = { .h = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
		    .cmsg_len = CMSG_LEN(100 * sizeof(int)) } };
	struct iovec iov = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = c.buf, .msg_controllen = sizeof(c.buf) };
	int sv[2], fds[SOCK_FDS_MAX], n, i, base;
	char buf[8];

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv);
	for (i = 0; i < 100; i++)
		((int *)(void *)CMSG_DATA(&c.h))[i] = sv[0];
	base = count_fds();
	CHECK("sent", sendmsg(sv[0], &m, 0) == 1);
	CHECK("refused", sock_recv(sv[1], buf, 8, fds, 4, &n, 0) == -1 &&
		errno == EPROTO);
	CHECK("nothing leaks", count_fds() == base);
	close(sv[0]);
	close(sv[1]);
}

static void
test_deadlines(void)
{
	static char big[60000];
	uint64_t began;
	char buf[8];
	int sv[2], i;

	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv);
	began = clock_boot_ms();
	CHECK("recv", sock_recv(sv[1], buf, 8, NULL, 0, NULL, 60) == -1 &&
		errno == ETIMEDOUT);
	CHECK("wait", sock_wait(sv[1], POLLIN, 60) == -1 && errno == ETIMEDOUT);
	CHECK("no wait", sock_recv(sv[1], buf, 8, NULL, 0, NULL, 0) == -1 &&
		errno == EAGAIN);
	for (i = 0; i < 100; i++)
		if (sock_send(sv[0], big, sizeof(big), NULL, 0, 0) == -1)
			break;
	CHECK("full", i < 100 && errno == EAGAIN);
	CHECK("send", sock_send(sv[0], big, sizeof(big), NULL, 0, 60) == -1 &&
		errno == ETIMEDOUT);
	CHECK("in time", clock_boot_ms() - began >= 170 &&
		clock_boot_ms() - began < 3000);
	CHECK("ready", sock_wait(sv[1], POLLIN, 1000) == 0);
	close(sv[0]);
	close(sv[1]);
	CHECK("closed fd", sock_wait(sv[1], POLLIN, 50) == -1 &&
		errno == EBADF);
}

/* Serves one connection: answers what the request says, with stdin's fd for
 * 'f', nothing and the end for 'e', nothing for 's'. */
static void
serve_one(int l)
{
	int zero = 0, c;
	char buf[16];
	ssize_t n;

	if (sock_wait(l, POLLIN, 5000) == -1)
		_exit(1);
	c = sock_accept(l, 0, NULL, NULL);
	n = sock_recv(c, buf, sizeof(buf), NULL, 0, NULL, 5000);
	if (n > 0 && buf[0] == 's')
		usleep(300000);
	else if (n > 0 && buf[0] != 'e')
		sock_send(c, buf, (size_t)n, &zero, buf[0] == 'f', 1000);
	_exit(0);
}

static ssize_t
call_child(const char *request, char *answer, int *fd)
{
	int l = sock_listen("c", 0600, -1, -1), saved, status;
	pid_t pid = fork();
	ssize_t n;

	if (pid == 0)
		serve_one(l);
	n = sock_call("c", request, strlen(request), NULL, 0, answer, 16, fd,
	    100);
	saved = errno;
	waitpid(pid, &status, 0);
	close(l);
	errno = saved;
	return n;
}

static void
test_call(void)
{
	char answer[16];
	int fd = 7, base = count_fds();

	CHECK("answer", call_child("abc", answer, NULL) == 3 &&
		memcmp(answer, "abc", 3) == 0);
	CHECK("no fd came", call_child("abc", answer, &fd) == 3 && fd == -1);
	CHECK("an fd came", call_child("f", answer, &fd) == 1 && fd != -1);
	close(fd);
	CHECK("an fd unasked", call_child("f", answer, NULL) == -1 &&
		errno == EPROTO);
	CHECK("no answer", call_child("e", answer, NULL) == -1 &&
		errno == ECONNRESET);
	CHECK("slow", call_child("s", answer, NULL) == -1 &&
		errno == ETIMEDOUT);
	unlink("c");
	CHECK("down", sock_call("c", "x", 1, NULL, 0, answer, 16, &fd, 100) ==
		    -1 && errno == ENOENT && fd == -1);
	CHECK("nothing leaks", count_fds() == base);
}

int
main(void)
{
	char dir[] = "/tmp/t_sock.XXXXXX", cmd[64];

	if (!mkdtemp(dir) || chdir(dir) == -1)
		return 111;
	test_listen();
	test_long_path();
	test_backlog();
	test_packets();
	test_many_fds();
	test_deadlines();
	test_call();
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	CHECK("removed", system(cmd) == 0);
	return CHECK_DONE();
}
