/* SPDX-License-Identifier: ISC */
#include "smtpd/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/sock.h"

/* Exit codes of qmail-queue. */
#define EXIT_PERMANENT_FIRST 11
#define EXIT_PERMANENT_LAST  40
#define EXIT_FULL            53 /* a write error: most often no room */

static void
run(const char *program, const char *grant, int message, int envelope)
{
	if (dup2(message, 0) == -1 || dup2(envelope, 1) == -1)
		_exit(51);
	signal(SIGPIPE, SIG_DFL);
	if (setenv(QUEUE_GRANT_ENV, grant, 1) == -1)
		_exit(51);
	execl(program, program, (char *)0);
	_exit(errno == ENOMEM ? 51 : 81);
}

int
filter_open(struct filter *f, const char *program, const char *grant)
{
	int m[2], e[2];

	memset(f, 0, sizeof *f);
	if (pipe2(m, O_CLOEXEC) == -1)
		return -1;
	if (pipe2(e, O_CLOEXEC) == -1)
		goto out;
	f->pid = fork();
	if (f->pid == 0)
		run(program, grant, m[0], e[0]);
	close(e[0]);
	f->envelope = e[1];
	fcntl(f->envelope, F_SETFL, O_WRONLY | O_NONBLOCK);
	if (f->pid == -1)
		close(e[1]);
out:
	close(m[0]);
	if (f->pid <= 0) {
		close(m[1]);
		return -1;
	}
	f->message = m[1];
	fcntl(f->message, F_SETFL, O_WRONLY | O_NONBLOCK);
	return 0;
}

static int
write_to(struct filter *f, int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len && !f->failed) {
		n = write(fd, data, len);
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			f->failed =
			    sock_wait(fd, POLLOUT, FILTER_SECONDS * 1000) == -1;
		} else {
			f->failed = errno != EINTR;
		}
	}
	return f->failed ? -1 : 0;
}

int
filter_write(struct filter *f, const char *data, size_t len)
{
	return write_to(f, f->message, data, len);
}

static void
write_envelope(struct filter *f, const struct queue_envelope *env)
{
	const char *r = env->recipients, *end = r + env->recipients_len;

	write_to(f, f->envelope, "F", 1);
	write_to(f, f->envelope, env->sender, strlen(env->sender) + 1);
	for (; r < end; r += strlen(r) + 1) {
		write_to(f, f->envelope, "T", 1);
		write_to(f, f->envelope, r, strlen(r) + 1);
	}
	write_to(f, f->envelope, "", 1);
}

/* The exit code; a program that hangs or dies of a signal has 81. */
static int
wait_for(struct filter *f)
{
	int pidfd = (int)syscall(SYS_pidfd_open, f->pid, 0), status;

	if (pidfd == -1 ||
	    sock_wait(pidfd, POLLIN, FILTER_SECONDS * 1000) == -1)
		kill(f->pid, SIGKILL);
	if (pidfd != -1)
		close(pidfd);
	while (waitpid(f->pid, &status, 0) == -1)
		if (errno != EINTR)
			return 81;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 81;
}

void
filter_commit(struct filter *f, const struct queue_envelope *env,
    struct queue_answer *answer)
{
	int code;

	close(f->message);
	write_envelope(f, env);
	close(f->envelope);
	code = wait_for(f);
	memset(answer, 0, sizeof *answer);
	if (code == 0 && !f->failed)
		answer->result = QUEUE_ACCEPTED;
	else if (code >= EXIT_PERMANENT_FIRST && code <= EXIT_PERMANENT_LAST)
		answer->result = QUEUE_MALFORMED;
	else
		answer->result = code == EXIT_FULL ? QUEUE_FULL : QUEUE_TEMP;
	snprintf(answer->reason, sizeof answer->reason,
	    "the mail filter ended with %d", code);
}

void
filter_abort(struct filter *f)
{
	/* an envelope that does not end in a NUL is none: nothing is queued */
	close(f->message);
	close(f->envelope);
	wait_for(f);
}
