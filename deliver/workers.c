/* SPDX-License-Identifier: ISC */
#include "deliver/workers.h"
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/log.h"

static unsigned workers;

/* SIGCHLD only has to interrupt ppoll. */
static void
wake(int sig)
{
	(void)sig;
}

void
workers_start(sigset_t *normal)
{
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, normal);
	sigdelset(normal, SIGCHLD);
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = wake }, NULL);
}

pid_t
workers_fork(int conn, unsigned most, const sigset_t *normal)
{
	pid_t pid = workers < most ? fork() : -1;

	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, normal, NULL);
		if (confine_alone() == -1)
			log_fatalsys(111, "unable to confine a worker");
		return 0;
	}
	if (pid == -1)
		log_warnsys("unable to start a worker");
	else
		workers++;
	close(conn);
	return pid;
}

void
workers_reap(void)
{
	int status;

	while (workers && waitpid(-1, &status, WNOHANG) > 0) {
		workers--;
		if (WIFSIGNALED(status))
			log_warn("a worker died of signal ",
			    log_num((unsigned)WTERMSIG(status)));
	}
}

unsigned
workers_now(void)
{
	return workers;
}
