/* SPDX-License-Identifier: ISC */
#include "tests/torture/trace.h"

#include <errno.h>
#include <fcntl.h>
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

#define COMMANDS_MAX 1000
#define WORDS_MAX    40
#define AGAIN_US     20000 /* before a program is started again */
#define OPTIONS                                                            \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | \
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)

FILE *trace_log;
static struct task tasks[TASKS_MAX];
static unsigned ntasks;
static struct task *current; /* inside a call on HOME */
static uint64_t turns;
static struct command {
	char *line, *words[WORDS_MAX];
	pid_t pid;
} commands[COMMANDS_MAX];
static int ncommands;
static char errors[4096];
static sigset_t normal;

static void
die(const char *what)
{
	perror(what);
	exit(111);
}

static void
run(struct command *c)
{
	pid_t pid = fork();
	int fd, i;

	if (pid == -1)
		die("fork");
	if (pid) {
		c->pid = pid;
		return;
	}
	for (i = 0; i < 3; i++) {
		fd = open(i == 2 ? errors : c->words[2 + i],
		    O_RDWR | O_CREAT | O_APPEND, 0666);
		if (fd == -1 || dup2(fd, i) == -1)
			die("open");
		close(fd);
	}
	sigprocmask(SIG_SETMASK, &normal, NULL);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	if (calls_filter() == -1)
		die("seccomp");
	execv(c->words[4], &c->words[4]);
	die(c->words[4]);
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
		die("too many tasks");
	memset(t, 0, sizeof *t);
	t->tid = tid;
	fault_born(t);
	return t;
}

static void
resume(struct task *t, int how, int sig)
{
	if (ptrace(how, t->tid, 0, sig) == -1 && errno != ESRCH)
		die("ptrace");
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

/* Its turn: nobody else is inside a call on HOME. */
static void
begin(struct task *t)
{
	t->waits = false;
	note_before(t);
	t->fake = 0;
	t->kill = false;
	if (fault_apply(t)) {
		if (t->fake > 0) {
			kill(t->tgid, SIGKILL);
			return;
		}
		if (t->fake) {
			change(t, true);
			resume(t, PTRACE_CONT, 0);
			return;
		}
		change(t, false);
	}
	current = t;
	resume(t, PTRACE_SYSCALL, 0);
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
	t->fake = 0;
	t->kill = false;
	if (calls_count(t->call.nr) && !note_wakes(t) && fault_apply(t)) {
		if (t->fake > 0) {
			kill(t->tgid, SIGKILL);
			return;
		}
		change(t, t->fake != 0);
	}
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
		kill(t->tgid, SIGKILL);
	else
		resume(t, PTRACE_CONT, 0);
	if (!current)
		next();
}

static void
ended(pid_t tid, int status)
{
	struct task *t = find(tid);
	int i, code;

	if (t) {
		if (t == current)
			current = NULL;
		*t = tasks[--ntasks];
		if (current == &tasks[ntasks])
			current = t;
	}
	for (i = 0; i < ncommands && commands[i].pid != tid; i++)
		;
	if (i < ncommands) {
		code = WIFSIGNALED(status) ? 256 + WTERMSIG(status)
					   : WEXITSTATUS(status);
		printf("exit %s %d\n", commands[i].words[1], code);
		commands[i].pid = 0;
		if (*commands[i].words[1] == '+' && code) {
			usleep(AGAIN_US);
			run(&commands[i]);
		}
	}
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

/* None of them is left when we are: the next ones may have their accounts. */
static void
kill_all(void)
{
	unsigned i;
	int c;

	for (i = 0; i < ntasks; i++)
		kill(tasks[i].tgid ? tasks[i].tgid : tasks[i].tid, SIGKILL);
	for (c = 0; c < ncommands; c++) /* may not have stopped for us yet */
		if (commands[c].pid)
			kill(commands[c].pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}

static void
obey(char *line)
{
	struct command *c = &commands[ncommands];
	char *p = line;
	int n = 0;

	if (strncmp(line, "mark ", 5) == 0) {
		fprintf(trace_log, "X %s\n", line + 5);
		fflush(trace_log);
		printf("ok\n");
	} else if (strncmp(line, "start ", 6) == 0 &&
	    ncommands < COMMANDS_MAX) {
		c->line = strdup(line);
		for (p = strtok(c->line, " "); p && n < WORDS_MAX - 1;
		     p = strtok(NULL, " "))
			c->words[n++] = p;
		ncommands++;
		run(c);
	} else if (strcmp(line, "quit") == 0) {
		kill_all();
		exit(0);
	}
}

static void
read_commands(void)
{
	static char buf[65536];
	static size_t have;
	ssize_t n = read(0, buf + have, sizeof buf - 1 - have);
	char *end;

	if (n <= 0)
		exit(0);
	have += (size_t)n;
	while ((end = memchr(buf, '\n', have))) {
		*end = 0;
		obey(buf);
		have -= (size_t)(end + 1 - buf);
		memmove(buf, end + 1, have);
	}
}

int
main(int argc, char **argv)
{
	struct pollfd p[2] = { { 0, POLLIN, 0 }, { -1, POLLIN, 0 } };
	struct signalfd_siginfo info;
	sigset_t chld;

	if (argc < 3 || note_home(argv[1]) == -1 ||
	    (argc > 3 && fault_parse(argv[3]) == -1)) {
		fprintf(stderr, "usage: trace HOME LOG [PROGRAM:N:ACTION]\n");
		return 100;
	}
	snprintf(errors, sizeof errors, "%s.err", argv[2]);
	trace_log = fopen(argv[2], "we");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &normal);
	p[1].fd = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!trace_log || p[1].fd == -1)
		die("start");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		poll(p, 2, -1);
		while (read(p[1].fd, &info, sizeof info) > 0)
			;
		reap();
		if (p[0].revents)
			read_commands();
	}
}
