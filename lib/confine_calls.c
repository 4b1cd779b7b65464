/* SPDX-License-Identifier: ISC */
/* Which system calls each group of conf-services allows.
 *
 *   base     what any process of ours needs: memory, waiting, clocks, open
 *            descriptors, reading files (Landlock and modes say which), pipes
 *   files    making, changing, syncing and removing files
 *   unix     accepting and serving connections of any kind; socket pairs
 *   call     connecting to UNIX sockets that take packets: ours do, and hardly
 *            anybody else's
 *   lmtp     (with call) connecting to other software's UNIX sockets
 *   fdpass   descriptors in packets, sealed memfds, syncing a passed file
 *   tcp udp  making Internet sockets
 *   fork     child processes, their signals and their ends
 *   threads  threads
 *   confine  confining oneself further: Landlock, seccomp, limits
 *   exec     starting a program: parents of listeners and filters only
 *   session  without base: one confined POP3 session
 *
 * No group lets memory be executable after it was writable, but for exec. */
#include "lib/confine_calls.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#define FULL UINT64_MAX

#define YES(n)          { .name = n }
#define FAIL(n, e)      { .name = n, .err = e }
#define IF(n, a, m, v)  { .name = n, .narg = 1, .when = { { a, m, v } } }
#define IF2(n, a, m, v, a2, m2, v2)                                            \
	{ .name = n, .narg = 2, .when = { { a, m, v }, { a2, m2, v2 } } }
#define END             { .name = 0 }

#define OPEN_WRITES   (O_ACCMODE | O_CREAT | O_TRUNC)
#define NEW_NAMESPACE 0x7e020080u /* every CLONE_NEW*, TIME in the low byte */

static const struct confine_call base[] = {
	/* memory */
	YES("brk"), YES("munmap"), YES("mremap"), YES("madvise"), YES("mlock"),
	YES("munlock"), IF("mmap", 2, PROT_EXEC, 0),
	IF("mprotect", 2, PROT_EXEC, 0), YES("membarrier"),
	/* descriptors that are open */
	YES("read"), YES("write"), YES("readv"), YES("writev"), YES("pread64"),
	YES("pwrite64"), YES("preadv"), YES("pwritev"), YES("lseek"),
	YES("close"), YES("close_range"), YES("dup"), YES("dup2"), YES("dup3"),
	YES("fcntl"), YES("pipe"), YES("pipe2"), YES("sendfile"),
	YES("splice"), YES("fadvise64"), YES("recvfrom"), YES("shutdown"),
	YES("getsockopt"), YES("getsockname"), YES("getpeername"),
	IF("sendto", 4, FULL, 0), IF("ioctl", 1, 0xffffffff, TCGETS),
	IF("ioctl", 1, 0xffffffff, FIONREAD),
	IF("ioctl", 1, 0xffffffff, FIONBIO),
	/* reading files */
	IF("open", 1, OPEN_WRITES, 0), IF("openat", 2, OPEN_WRITES, 0),
	YES("stat"), YES("lstat"), YES("fstat"), YES("newfstatat"),
	YES("statx"), YES("fstatfs"), YES("statfs"), YES("access"),
	YES("faccessat"), YES("faccessat2"), YES("readlink"),
	YES("readlinkat"), YES("getdents64"), YES("getcwd"), YES("umask"),
	/* waiting */
	YES("poll"), YES("ppoll"), YES("select"), YES("pselect6"),
	YES("epoll_create1"), YES("epoll_ctl"), YES("epoll_wait"),
	YES("epoll_pwait"), YES("epoll_pwait2"), YES("eventfd2"),
	YES("timerfd_create"), YES("timerfd_settime"),
	YES("timerfd_gettime"), YES("signalfd4"), YES("futex"),
	YES("nanosleep"), YES("clock_nanosleep"), YES("restart_syscall"),
	YES("sched_yield"), YES("alarm"), YES("setitimer"),
	YES("getitimer"), YES("pause"),
	/* clocks, signals to oneself, who am I, the end */
	YES("clock_gettime"), YES("clock_getres"), YES("gettimeofday"),
	YES("time"), YES("times"), YES("getrusage"), YES("getrandom"),
	YES("rt_sigaction"), YES("rt_sigprocmask"), YES("rt_sigreturn"),
	YES("rt_sigpending"), YES("rt_sigtimedwait"), YES("rt_sigsuspend"),
	YES("sigaltstack"), YES("tgkill"), YES("getpid"), YES("gettid"),
	YES("getppid"), YES("getuid"), YES("geteuid"), YES("getgid"),
	YES("getegid"), YES("getresuid"), YES("getresgid"),
	YES("getgroups"), YES("getpgrp"), YES("getpgid"), YES("uname"),
	YES("sysinfo"), YES("getcpu"), YES("sched_getaffinity"),
	YES("getrlimit"), IF("prlimit64", 2, FULL, 0), YES("exit"),
	YES("exit_group"), YES("rseq"), YES("set_robust_list"),
	YES("set_tid_address"), IF("prctl", 0, 0xffffffff, PR_SET_NAME),
	IF("prctl", 0, 0xffffffff, PR_SET_PDEATHSIG),
	IF("prctl", 0, 0xffffffff, PR_SET_VMA),
	/* its flags lie in memory: glibc falls back to clone */
	FAIL("clone3", ENOSYS), END
};

/* Neither chdir nor fchdir: whoever holds a folder outside the home that is his
 * root would be out, and could call a stranger's socket there. */
static const struct confine_call files[] = {
	YES("open"), YES("openat"), YES("openat2"), YES("creat"),
	YES("rename"), YES("renameat"), YES("renameat2"), YES("unlink"),
	YES("unlinkat"), YES("link"), YES("linkat"), YES("mkdir"),
	YES("mkdirat"), YES("rmdir"), YES("fsync"), YES("fdatasync"),
	YES("sync_file_range"), YES("syncfs"), YES("truncate"),
	YES("ftruncate"), YES("fallocate"), YES("getdents"), YES("flock"),
	YES("memfd_create"), YES("copy_file_range"), YES("utimensat"),
	YES("chmod"), YES("fchmod"), YES("fchmodat"), YES("fchmodat2"),
	YES("msync"), YES("readahead"),
	YES("inotify_init1"), YES("inotify_add_watch"),
	YES("inotify_rm_watch"), END
};

/* The low four bits of a socket's type; the rest are flags. */
#define TYPE_MASK 0xfu

/* TCP's fast open connects behind Landlock's back: with it, a client's socket,
 * disconnected, could be sent to anywhere. */
#define SENDS                                                                  \
	IF("sendto", 3, MSG_FASTOPEN, 0), IF("sendmsg", 2, MSG_FASTOPEN, 0),   \
	    IF("sendmmsg", 3, MSG_FASTOPEN, 0)

/* Not SO_LINGER: who is handed a socket that lingers, and is its last to close it,
 * waits in close for as long as its maker wished. */
#define OPTIONS                                                                \
	IF("setsockopt", 1, 0xffffffff, IPPROTO_TCP),                          \
	    IF2("setsockopt", 1, 0xffffffff, SOL_SOCKET, 2, 0xffffffff,        \
		SO_SNDTIMEO)

/* A pair of datagram sockets could send to any other. */
static const struct confine_call unix_sockets[] = {
	IF2("socketpair", 0, 0xffffffff, AF_UNIX, 1, TYPE_MASK, SOCK_STREAM),
	IF2("socketpair", 0, 0xffffffff, AF_UNIX, 1, TYPE_MASK, SOCK_SEQPACKET),
	YES("accept"), YES("accept4"), YES("listen"),
	SENDS, YES("recvmsg"), YES("recvmmsg"), OPTIONS, END
};

static const struct confine_call lmtp[] = {
	IF2("socket", 0, 0xffffffff, AF_UNIX, 1, TYPE_MASK, SOCK_STREAM), END
};

static const struct confine_call call[] = {
	IF2("socket", 0, 0xffffffff, AF_UNIX, 1, TYPE_MASK, SOCK_SEQPACKET),
	YES("connect"), END
};

static const struct confine_call fdpass[] = {
	SENDS, YES("recvmsg"), YES("memfd_create"),
	YES("ftruncate"), YES("fsync"), YES("fdatasync"), END
};

static const struct confine_call tcp[] = {
	IF2("socket", 0, 0xffffffff, AF_INET, 1, TYPE_MASK, SOCK_STREAM),
	IF2("socket", 0, 0xffffffff, AF_INET6, 1, TYPE_MASK, SOCK_STREAM),
	YES("connect"), YES("bind"), YES("accept4"), YES("sendto"),
	YES("sendmsg"), YES("recvmsg"), OPTIONS, END
};

static const struct confine_call udp[] = {
	IF2("socket", 0, 0xffffffff, AF_INET, 1, TYPE_MASK, SOCK_DGRAM),
	IF2("socket", 0, 0xffffffff, AF_INET6, 1, TYPE_MASK, SOCK_DGRAM),
	YES("connect"), YES("bind"), SENDS, YES("recvmsg"), YES("recvmmsg"),
	YES("setsockopt"), END
};

/* 0 is oneself: another process of the account keeps its limits. */
#define OWN_LIMITS IF("prlimit64", 0, 0xffffffff, 0)

static const struct confine_call fork_calls[] = {
	YES("fork"), YES("vfork"), IF("clone", 0, NEW_NAMESPACE, 0),
	YES("wait4"), YES("waitid"), YES("kill"), YES("pidfd_open"),
	YES("pidfd_send_signal"), YES("setpgid"), YES("setsid"),
	/* confine_alone */
	OWN_LIMITS, IF("prctl", 0, 0xffffffff, PR_SET_NO_NEW_PRIVS),
	YES("landlock_create_ruleset"), YES("landlock_add_rule"),
	YES("landlock_restrict_self"), END
};

static const struct confine_call threads[] = {
	IF("clone", 0, NEW_NAMESPACE | CLONE_THREAD, CLONE_THREAD),
	YES("sched_getparam"), YES("sched_getscheduler"),
	YES("sched_get_priority_max"), YES("sched_get_priority_min"), END
};

static const struct confine_call confine[] = {
	YES("landlock_create_ruleset"), YES("landlock_add_rule"),
	YES("landlock_restrict_self"), YES("seccomp"), YES("memfd_create"),
	IF("prctl", 0, 0xffffffff, PR_SET_NO_NEW_PRIVS),
	IF2("prctl", 0, 0xffffffff, PR_SET_DUMPABLE, 1, FULL, 0),
	IF("prctl", 0, 0xffffffff, PR_SET_SECCOMP), OWN_LIMITS,
	YES("setrlimit"), END
};

static const struct confine_call exec[] = {
	YES("execve"), YES("execveat"), YES("arch_prctl"), YES("mmap"),
	YES("mprotect"), YES("chdir"), OWN_LIMITS, END
};

/* mailboxd's child, once it has its mailbox: short, since each child makes the
 * kernel translate it anew (base and files cost a seventh of a session). */
static const struct confine_call session[] = {
	YES("fsync"),
	YES("read"), YES("write"), IF("sendto", 4, FULL, 0), YES("shutdown"),
	YES("poll"), YES("ppoll"), YES("close"), YES("lseek"), YES("getdents64"),
	IF("openat", 2, OPEN_WRITES, 0), YES("unlinkat"), YES("renameat"),
	YES("renameat2"), YES("brk"), YES("munmap"), YES("mremap"),
	IF("mmap", 2, PROT_EXEC, 0), YES("clock_gettime"),
	YES("restart_syscall"), YES("rt_sigreturn"), YES("exit_group"), END
};

const struct confine_group confine_groups[] = {
	{ "base", base, false },
	{ "files", files, false },
	{ "unix", unix_sockets, false },
	{ "call", call, false },
	{ "lmtp", lmtp, false },
	{ "fdpass", fdpass, false },
	{ "tcp", tcp, false },
	{ "udp", udp, false },
	{ "fork", fork_calls, false },
	{ "threads", threads, false },
	{ "confine", confine, false },
	{ "exec", exec, false },
	{ "session", session, true },
	{ 0, 0, false },
};

const struct confine_group *
confine_group_find(const char *name)
{
	const struct confine_group *g;

	for (g = confine_groups; g->name; g++)
		if (strcmp(g->name, name) == 0)
			return g;
	return NULL;
}
