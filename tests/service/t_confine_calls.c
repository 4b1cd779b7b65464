/* SPDX-License-Identifier: ISC */
/* lib/confine_make.c with the groups of lib/confine_calls.c. */
#include "lib/confine_make.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tests/lib/check.h"
#include "tests/service/tries.h"

static int
inet_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) == -1 ? -1 : 0;
}
/* The same past connect. */
static int
turn_socket_fast(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	connect(tries_tcp, &none, sizeof(none));
	return sendto(tries_tcp, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&tries_server,
	    sizeof(tries_server)) == 1 ? 0 : -1;
}
static int
send_inside(void)
{
	int s[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) == 0 &&
	    send(s[0], "x", 1, MSG_NOSIGNAL) == 1 ? 0 : -1;
}
static int
udp_socket(void)
{
	return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) == -1 ? -1 : 0;
}
static int
datagram_pair(void)
{
	int s[2];

	return socketpair(AF_UNIX, SOCK_DGRAM, 0, s);
}
static int
packet_socket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET, 0) == -1 ? -1 : 0;
}
static int
stream_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) == -1 ? -1 : 0;
}
static int
unix_pair(void)
{
	int s[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s);
}
static int
trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : -1;
}
static void *
in_thread(void *arg)
{
	return arg;
}
static int
thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, in_thread, NULL) == 0 &&
	    pthread_join(t, NULL) == 0 ? 0 : -1;
}
static int
new_namespace(void)
{
	return syscall(SYS_unshare, CLONE_FILES | CLONE_FS) == 0 ? 0 : -1;
}
static int
executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int
executable_later(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static int
dumpable_again(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static int
raise_limit(void)
{
	struct rlimit rl = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &rl);
}
static int
limit_parent(void)
{
	struct rlimit rl = { 4096, 4096 };

	return prlimit(getppid(), RLIMIT_NOFILE, &rl, NULL);
}
static int
sealed_memory(void)
{
	int fd = memfd_create("m", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1 || ftruncate(fd, 100) == -1)
		return -1;
	return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE);
}

static const struct try rows[] = {
	{ "open for writing", TRIES_CALLS, 0, { 0 }, tries_write_inside, TRIES_KILLED },
	{ "open for writing, files", TRIES_CALLS, 0, { "files" }, tries_write_inside,
	    TRIES_WORKS },
	{ "TCP", TRIES_CALLS, 0, { "unix" }, inet_socket, TRIES_KILLED },
	{ "TCP, tcp", TRIES_CALLS, 0, { "tcp" }, inet_socket, TRIES_WORKS },
	{ "turn a passed socket fast", TRIES_CALLS, 0, { "unix" },
	    turn_socket_fast, TRIES_KILLED },
	{ "send, unix", TRIES_CALLS, 0, { "unix" }, send_inside, TRIES_WORKS },
	{ "UDP, tcp", TRIES_CALLS, 0, { "tcp" }, udp_socket, TRIES_KILLED },
	{ "UDP, udp", TRIES_CALLS, 0, { "udp" }, udp_socket, TRIES_WORKS },
	{ "UNIX, tcp", TRIES_CALLS, 0, { "tcp" }, unix_pair, TRIES_KILLED },
	{ "UNIX, unix", TRIES_CALLS, 0, { "unix" }, unix_pair, TRIES_WORKS },
	{ "a pair of datagrams, unix", TRIES_CALLS, 0, { "unix", "call" },
	    datagram_pair, TRIES_KILLED },
	{ "a socket of packets, unix", TRIES_CALLS, 0, { "unix" },
	    packet_socket, TRIES_KILLED },
	{ "a socket of packets, call", TRIES_CALLS, 0, { "call" },
	    packet_socket, TRIES_WORKS },
	{ "a stream, call", TRIES_CALLS, 0, { "unix", "call" }, stream_socket,
	    TRIES_KILLED },
	{ "a stream, lmtp", TRIES_CALLS, 0, { "call", "lmtp" }, stream_socket,
	    TRIES_WORKS },
	{ "tries_execute", TRIES_CALLS, 0, { "fork", "files" }, tries_execute, TRIES_KILLED },
	{ "tries_execute, exec", TRIES_CALLS, 0, { "exec" }, tries_execute, TRIES_WORKS },
	{ "ptrace", TRIES_CALLS, 0, { "fork", "threads" }, trace, TRIES_KILLED },
	{ "fork", TRIES_CALLS, 0, { "threads" }, tries_child, TRIES_KILLED },
	{ "fork, fork", TRIES_CALLS, 0, { "fork" }, tries_child, TRIES_WORKS },
	{ "thread", TRIES_CALLS, 0, { "unix" }, thread, TRIES_KILLED },
	{ "thread, threads", TRIES_CALLS, 0, { "threads" }, thread, TRIES_WORKS },
	{ "unshare", TRIES_CALLS, 0, { "fork", "threads" }, new_namespace, TRIES_KILLED },
	{ "executable memory", TRIES_CALLS, 0, { 0 }, executable_memory, TRIES_KILLED },
	{ "executable later", TRIES_CALLS, 0, { 0 }, executable_later, TRIES_KILLED },
	{ "dumpable again", TRIES_CALLS, 0, { "confine" }, dumpable_again, TRIES_KILLED },
	{ "set a limit", TRIES_CALLS, 0, { 0 }, raise_limit, TRIES_KILLED },
	{ "set a limit, confine", TRIES_CALLS, 0, { "confine" }, raise_limit, TRIES_WORKS },
	{ "set another's limit", TRIES_CALLS, 0, { "confine", "fork" },
	    limit_parent, TRIES_KILLED },
	{ "memfd", TRIES_CALLS, 0, { "unix" }, sealed_memory, TRIES_KILLED },
	{ "memfd, fdpass", TRIES_CALLS, 0, { "fdpass" }, sealed_memory, TRIES_WORKS },
	{ "a filter on a filter", TRIES_CALLS | TRIES_MORE, 0, { "confine", "unix" },
	    unix_pair, TRIES_KILLED },
};

static void
errors(void)
{
	const char *group[] = { "no-such-group", NULL };
	struct sock_filter insns[4];

	CHECK("a missing group",
	    confine_make(insns, 4, group, false) == -1 && errno == EINVAL);
	CHECK("no room", confine_make(insns, 4, group + 1, false) == -1 &&
	    errno == E2BIG);
}

int
main(void)
{
	return tries_main(rows, sizeof(rows) / sizeof(rows[0]), errors);
}
