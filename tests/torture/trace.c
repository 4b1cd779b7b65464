/* SPDX-License-Identifier: ISC */
#include "tests/torture/trace.h"

#include <errno.h>
#include <linux/elf.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/torture/trace_commands.h"

#define OPTIONS                                                            \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | \
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)

FILE *trace_log;
static struct task tasks[TASKS_MAX];
static unsigned ntasks;
static struct task *current; /* inside a call on HOME */
static uint64_t turns;

void
trace_die(const char *what)
{
	perror(what);
	exit(111);
}

static struct task *
find(pid_t tid)
{
	unsigned i;

	for (i = 0; i < ntasks; i++)
		if (tasks[i].tid == tid)
			return &tasks[i];
	return NULL;
}

static struct task *
add(pid_t tid)
{
	struct task *t = &tasks[ntasks++];

	if (ntasks > TASKS_MAX - 1)
		trace_die("too many tasks");
	memset(t, 0, sizeof *t);
	t->tid = tid;
	fault_born(t);
	return t;
}

static void
resume(struct task *t, int how, int sig)
{
	if (ptrace(how, t->tid, 0, sig) == -1 && errno != ESRCH)
		trace_die("ptrace");
}

/* Who it is, from its exec on: threads have names of their own only if they
 * take them. */
static void
identify(struct task *t)
{
	char path[64], line[200];
	FILE *f;

	if (*t->comm && strcmp(t->comm, "trace") != 0)
		return;

	snprintf(path, sizeof path, "/proc/%d/status", t->tid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof line, f)) {
		sscanf(line, "Name: %15s", t->comm);
		if (sscanf(line, "Tgid: %d", &t->tgid) == 1)
			break;
	}
	if (f)
		fclose(f);
}

#if defined __x86_64__
static void
change(struct task *t, bool skip)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, t->tid, 0, &r) == -1)
		return;
	if (skip) {
		r.orig_rax = (unsigned long)-1;
		r.rax = (unsigned long)t->fake;
	}
	r.rdx = t->call.args[2];
	ptrace(PTRACE_SETREGS, t->tid, 0, &r);
}
#elif defined __aarch64__
static void
change(struct task *t, bool skip)
{
	struct user_regs_struct r;
	struct iovec v = { &r, sizeof r };
	int none = -1;
	struct iovec nr = { &none, sizeof none };

	if (ptrace(PTRACE_GETREGSET, t->tid, NT_PRSTATUS, &v) == -1)
		return;
	if (skip) {
		ptrace(PTRACE_SETREGSET, t->tid, NT_ARM_SYSTEM_CALL, &nr);
		r.regs[0] = (unsigned long)t->fake;
	}
	r.regs[2] = t->call.args[2];
	ptrace(PTRACE_SETREGSET, t->tid, NT_PRSTATUS, &v);
}
#else
#error "trace knows x86-64 and aarch64"
#endif

/* Is the end of its call awaited, too? */
static int
how(const struct task *t)
{
	return t == current || t->kill ? PTRACE_SYSCALL : PTRACE_CONT;
}

/* A call of its process on HOME comes to its end first: what it does could not be
 * written down any more. */
static void
end_process(const struct task *t)
{
	if (current && current->tgid == t->tgid)
		current->kill = true;
	else
		kill(t->tgid, SIGKILL);
}

/* Disturbs its call, if that is to be.  false: it is killed in place of it. */
static bool
survives(struct task *t)
{
	if (!fault_apply(t))
		return true;
	if (t->fake > 0) {
		end_process(t);
		return false;
	}
	change(t, t->fake != 0);
	return true;
}

/* Its turn: nobody else is inside a call on HOME. */
static void
begin(struct task *t)
{
	t->waits = false;
	note_before(t);
	if (!survives(t))
		return;
	if (!t->fake)
		current = t;
	resume(t, how(t), 0);
}

static struct task *
first_waiting(void)
{
	struct task *best = NULL;
	unsigned i;

	for (i = 0; i < ntasks; i++)
		if (tasks[i].waits && (!best || tasks[i].turn < best->turn))
			best = &tasks[i];
	return best;
}

/* Those whose call is replaced do not keep the turn. */
static void
next(void)
{
	struct task *t;

	while (!current && (t = first_waiting()))
		begin(t);
}

static void
before(struct task *t)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof info, &info) <= 0)
		return;
	identify(t);
	memset(&t->call, 0, sizeof t->call);
	t->fake = 0;
	t->kill = false;
	t->call.nr = (long)info.seccomp.nr;
	memcpy(t->call.args, info.seccomp.args, sizeof t->call.args);
	note_promise(t);
	if (note_before(t)) {
		t->waits = true;
		t->turn = ++turns;
		if (!current)
			next();
		return;
	}
	if (!calls_count(t->call.nr) || note_wakes(t) || survives(t))
		resume(t, how(t), 0);
}

static void
after(struct task *t)
{
	struct __ptrace_syscall_info info;

	if (t == current)
		current = NULL;
	if (t->call.ours &&
	    ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof info, &info) > 0 &&
	    info.op == PTRACE_SYSCALL_INFO_EXIT)
		note_after(t, info.exit.rval);
	if (t->kill)
		end_process(t);
	else
		resume(t, PTRACE_CONT, 0);
	if (!current)
		next();
}

static void
ended(pid_t tid, int status)
{
	struct task *t = find(tid);

	if (t) {
		if (t == current)
			current = NULL;
		*t = tasks[--ntasks];
		if (current == &tasks[ntasks])
			current = t;
	}
	commands_ended(tid, status);
	if (!current)
		next();
}

static void
stopped(pid_t tid, int status)
{
	struct task *t = find(tid);
	int sig = WSTOPSIG(status);

	if (!t) { /* new: its first stop is ours */
		t = add(tid);
		ptrace(PTRACE_SETOPTIONS, tid, 0, OPTIONS);
		resume(t, PTRACE_CONT, 0);
	} else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
		before(t);
	} else if (sig == (SIGTRAP | 0x80)) {
		after(t);
	} else if (status >> 16 || sig == SIGTRAP) {
		resume(t, how(t), 0);
	} else {
		resume(t, how(t), sig);
	}
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0) {
		if (WIFSTOPPED(status))
			stopped(pid, status);
		else
			ended(pid, status);
	}
}

void
trace_kill_tasks(void)
{
	unsigned i;

	for (i = 0; i < ntasks; i++)
		kill(tasks[i].tgid ? tasks[i].tgid : tasks[i].tid, SIGKILL);
}

int
main(int argc, char **argv)
{
	struct pollfd p[2] = { { 0, POLLIN, 0 }, { -1, POLLIN, 0 } };
	struct signalfd_siginfo info;
	sigset_t chld, normal;

	if (argc < 3 || note_home(argv[1]) == -1 ||
	    (argc > 3 && fault_parse(argv[3]) == -1)) {
		fprintf(stderr, "usage: trace HOME LOG [PROGRAM:N:ACTION]\n");
		return 100;
	}
	trace_log = fopen(argv[2], "we");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &normal);
	commands_start(argv[2], &normal);
	p[1].fd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!trace_log || p[1].fd == -1)
		trace_die("start");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		poll(p, 2, -1);
		while (read(p[1].fd, &info, sizeof info) > 0)
			;
		reap();
		if (p[0].revents)
			commands_read();
	}
}
