/* SPDX-License-Identifier: ISC */
#include "deliver/remote_serve.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "deliver/remote_worker.h"
#include "lib/confine.h"
#include "lib/log.h"

static int workers;
/* Read before a fork: the workers begin with it, and a mistake in a file is
 * logged when it is made, not once by each of them. */
static struct remote_conf conf;

/* SIGCHLD only has to interrupt ppoll. */
static void
wake(int sig)
{
	(void)sig;
}

/* In the worker; it goes when its parent goes. */
static int
child(struct service *sv, int conn, const sigset_t *normal, pid_t parent)
{
	close(sv->listeners[0]);
	signal(SIGCHLD, SIG_DFL);
	remote_worker_signals();
	sigprocmask(SIG_SETMASK, normal, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (confine_alone() == -1)
		log_fatalsys(111, "unable to confine a worker");
	return getppid() == parent ? remote_worker(conn, &conf) : 0;
}

static void
serve(struct service *sv, const sigset_t *normal)
{
	int conn = service_accept(sv, 0, 0, NULL);
	pid_t pid, parent = getpid();

	if (conn == -1)
		return;
	remote_conf_refresh(&conf);
	pid = fork();
	if (pid == 0)
		_exit(child(sv, conn, normal, parent));
	if (pid == -1)
		log_warnsys("unable to start a worker");
	else
		workers++;
	close(conn);
}

static void
reap(void)
{
	int status;

	while (workers && waitpid(-1, &status, WNOHANG) > 0) {
		workers--;
		if (WIFSIGNALED(status))
			log_warn("a worker died of signal ",
			    log_num((unsigned)WTERMSIG(status)));
	}
}

int
remote_serve(struct service *sv)
{
	struct pollfd p = { .fd = sv->listeners[0], .events = POLLIN };
	sigset_t chld, normal;
	int n;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &normal);
	sigdelset(&normal, SIGCHLD);
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = wake }, NULL);
	remote_conf_refresh(&conf);
	for (;;) {
		n = ppoll(
		    &p, workers < REMOTE_WORKERS_MAX ? 1 : 0, NULL, &normal);
		if (n == -1 && errno != EINTR)
			log_fatalsys(111, "unable to poll");
		reap();
		if (n > 0)
			serve(sv, &normal);
	}
}
