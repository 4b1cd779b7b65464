/* SPDX-License-Identifier: ISC */
/* deliver-local - puts mail into Maildirs.
 *
 * Runs as p-mail, confined to mail/ (writing) and cdb/public (reading).  Each
 * connection from queued is a worker process of its own that takes jobs in
 * batches; each connection from smtpd asks whether a mailbox has room.  It
 * opens no network socket and starts no program. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "deliver/local_key.h"
#include "lib/confine.h"
#include "lib/log.h"
#include "lib/service.h"

#define WORKERS_MAX 200 /* processes */

enum { LOCAL, USAGE };

static int workers;

/* A worker's connection belongs to it alone: accepted, then forked away. */
static void
serve(struct service *sv, int which, const sigset_t *chld)
{
	uid_t uid;
	int conn = service_accept(sv, which, 0, &uid);
	pid_t pid;

	if (conn == -1)
		return;
	pid = workers < WORKERS_MAX ? fork() : -1;
	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_UNBLOCK, chld, NULL);
		close(sv->listeners[LOCAL]);
		close(sv->listeners[USAGE]);
		if (confine_alone() == -1)
			log_fatalsys(111, "unable to confine a worker");
		_exit(which == LOCAL ? local_work(conn) : local_usage(conn, uid));
	}
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
			    log_num(WTERMSIG(status)));
	}
}

/* SIGCHLD only has to interrupt ppoll. */
static void
wake(int sig)
{
	(void)sig;
}

int
main(int argc, char **argv)
{
	struct service sv;
	struct pollfd p[2];
	sigset_t chld, normal;
	int i, n;

	log_program("deliver-local");
	service_start(&sv, "deliver-local", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: deliver-local [-C home] [-d fd]");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &normal);
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = wake }, NULL);
	tzset(); /* the days of replies; the file is out of reach below */
	service_enter(&sv);
	local_key_load();
	service_ready(&sv);
	for (i = 0; i < 2; i++)
		p[i] = (struct pollfd){ sv.listeners[i], POLLIN, 0 };
	for (;;) {
		n = ppoll(p, 2, NULL, &normal);
		if (n == -1 && errno != EINTR)
			log_fatalsys(111, "unable to poll");
		reap();
		for (i = 0; n > 0 && i < 2; i++)
			if (p[i].revents)
				serve(&sv, i, &chld);
	}
}
