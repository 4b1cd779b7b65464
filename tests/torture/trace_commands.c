/* SPDX-License-Identifier: ISC */
#include "tests/torture/trace_commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/torture/trace.h"

#define COMMANDS_MAX 1000
#define WORDS_MAX    40
#define AGAIN_US     20000 /* before a program is started again */

static struct command {
	char *line, *words[WORDS_MAX];
	pid_t pid;
} commands[COMMANDS_MAX];
static int ncommands;
static char errors[4096];
static const sigset_t *normal;

void
commands_start(const char *log, const sigset_t *mask)
{
	snprintf(errors, sizeof errors, "%s.err", log);
	normal = mask;
}

static void
run(struct command *c)
{
	pid_t pid = fork();
	int fd, i;

	if (pid == -1)
		trace_die("fork");
	if (pid) {
		c->pid = pid;
		return;
	}
	for (i = 0; i < 3; i++) {
		fd = open(i == 2 ? errors : c->words[2 + i],
		    O_RDWR | O_CREAT | O_APPEND, 0666);
		if (fd == -1 || dup2(fd, i) == -1)
			trace_die("open");
		close(fd);
	}
	sigprocmask(SIG_SETMASK, normal, NULL);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
	if (calls_filter() == -1)
		trace_die("seccomp");
	execv(c->words[4], &c->words[4]);
	trace_die(c->words[4]);
}

void
commands_ended(pid_t pid, int status)
{
	int i, code;

	for (i = 0; i < ncommands && commands[i].pid != pid; i++)
		;
	if (i == ncommands)
		return;
	code = WIFSIGNALED(status) ? 256 + WTERMSIG(status)
				   : WEXITSTATUS(status);
	printf("exit %s %d\n", commands[i].words[1], code);
	commands[i].pid = 0;
	if (*commands[i].words[1] == '+' && code) {
		usleep(AGAIN_US);
		run(&commands[i]);
	}
}

/* None of them is left when we are: the next ones may have their accounts. */
static void
kill_all(void)
{
	int c;

	trace_kill_tasks();
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

void
commands_read(void)
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
