/* SPDX-License-Identifier: ISC */
/* Processes: the one beside us, of the same account, and others. */
#include "tests/breakout/breakout.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int
try_ptrace(const char *arg)
{
	(void)arg;
	return failed(ptrace(PTRACE_SEIZE, sibling->pid, NULL, NULL));
}

static int
try_vm(const char *arg)
{
	char got[sizeof(secret)];
	struct iovec here = { got, sizeof(got) }, there = { secret,
		sizeof(secret) };

	(void)arg;
	if (process_vm_readv(sibling->pid, &here, 1, &there, 1, 0) == -1)
		return errno;
	return strcmp(got, "theirs") == 0 ? 0 : EIO;
}

static int
try_proc_file(const char *name)
{
	char path[64], got[sizeof(secret)];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)sibling->pid, name);
	fd = open(path, O_RDONLY);
	if (fd == -1)
		return errno;
	if (strcmp(name, "mem") != 0)
		return 0;
	if (pread(fd, got, sizeof(got), (off_t)(size_t)secret) == -1)
		return errno;
	return strcmp(got, "theirs") == 0 ? 0 : EIO;
}

static int
try_getfd(const char *arg)
{
	int fd = (int)syscall(SYS_pidfd_open, sibling->pid, 0);

	(void)arg;
	return fd == -1 ? errno : failed(syscall(SYS_pidfd_getfd, fd,
	    sibling->fd, 0));
}

static int
try_kill(const char *arg)
{
	(void)arg;
	return failed(kill(sibling->pid, SIGWINCH));
}

static int
try_tgkill(const char *arg)
{
	(void)arg;
	return failed(syscall(SYS_tgkill, sibling->pid, sibling->pid,
	    SIGWINCH));
}

static int
try_pidfd_kill(const char *arg)
{
	int fd = (int)syscall(SYS_pidfd_open, sibling->pid, 0);

	(void)arg;
	return fd == -1 ? errno : failed(syscall(SYS_pidfd_send_signal, fd,
	    SIGWINCH, NULL, 0));
}

/* The kernel sends it, when a descriptor becomes readable. */
static int
try_sigio(const char *arg)
{
	int p[2], before = sibling->hits, i;

	(void)arg;
	if (pipe(p) == -1 || fcntl(p[0], F_SETOWN, sibling->pid) == -1 ||
	    fcntl(p[0], F_SETSIG, SIGWINCH) == -1 ||
	    fcntl(p[0], F_SETFL, O_ASYNC) == -1 || write(p[1], "", 1) != 1)
		return errno;
	for (i = 0; i < (is_free() ? 1000 : 20) && sibling->hits == before; i++)
		poll(NULL, 0, 5);
	return sibling->hits != before ? 0 : EPERM;
}

static int
try_limits(const char *arg)
{
	struct rlimit rl;

	(void)arg;
	if (prlimit(sibling->pid, RLIMIT_NOFILE, NULL, &rl) == -1)
		return errno;
	return failed(prlimit(sibling->pid, RLIMIT_NOFILE, &rl, NULL));
}

static int
try_nice(const char *arg)
{
	(void)arg;
	return failed(setpriority(PRIO_PROCESS, (id_t)sibling->pid, 19));
}

static int
try_affinity(const char *arg)
{
	cpu_set_t set;

	(void)arg;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return failed(sched_setaffinity(sibling->pid, sizeof(set), &set));
}

static int
try_kill_parent(const char *arg)
{
	(void)arg;
	return failed(kill(getppid(), 0));
}

static int
try_kill_other(const char *arg)
{
	(void)arg;
	return failed(kill(atoi(plan("other")), 0));
}

const struct attempt attempts_peers[] = {
	{ "sibling: ptrace", NULL, "self", try_ptrace, NULL },
	{ "sibling: read its memory", NULL, "self", try_vm, NULL },
	{ "sibling: /proc/PID/mem", NULL, "self", try_proc_file, "mem" },
	{ "sibling: /proc/PID/environ", NULL, "self", try_proc_file,
	    "environ" },
	{ "sibling: /proc/PID/maps", NULL, "self", try_proc_file, "maps" },
	{ "sibling: take its descriptor", NULL, "self", try_getfd, NULL },
	{ "sibling: kill", NULL, "self", try_kill, NULL },
	{ "sibling: tgkill", NULL, "self", try_tgkill, NULL },
	{ "sibling: kill by pidfd", NULL, "self", try_pidfd_kill, NULL },
	{ "sibling: signal by SIGIO", NULL, "self", try_sigio, NULL },
	{ "sibling: set its limits", NULL, "self", try_limits, NULL },
	{ "sibling: set its priority", NULL, "self", try_nice, NULL },
	{ "sibling: set its processor", NULL, "self", try_affinity, NULL },
	{ "kill its parent", NULL, "root", try_kill_parent, NULL },
	{ "kill another account's", NULL, "root", try_kill_other, NULL },
	{ 0 },
};
