/* SPDX-License-Identifier: ISC */
/* admind - runs the tools for the members of the admin group.
 *
 * Runs as p-admin, confined to cdb/ and log/audit/ (writing) and etc/, of which it
 * owns users and aliases alone.  Each request is a session, a process, which
 * forks the tool: its code is in here, no program is started.  What it prints
 * goes to descriptors that the caller sent along.  It opens no network socket. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>
#include "admin/admin.h"
#include "admin/admin_members.h"
#include "admin/session.h"
#include "cdb-tools/cdb-tools.h"
#include "lib/log.h"
#include "lib/service.h"

#define ADMIN_SESSIONS_MAX 32 /* at once; others wait to be accepted */

static int sessions;

static void
serve(struct service *sv)
{
	uid_t uid;
	int conn = service_accept(sv, 0, 0, &uid);
	pid_t pid;

	if (conn == -1)
		return;
	if (!members_has(conn)) {
		service_stranger(sv, 0, uid);
		close(conn);
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(sv->listeners[0]);
		_exit(session_run(conn, uid));
	}
	if (pid == -1)
		log_warnsys("unable to start a session");
	else
		sessions++;
	close(conn);
}

static void
reap(void)
{
	int status;

	while (sessions && waitpid(-1, &status, WNOHANG) > 0) {
		sessions--;
		if (WIFSIGNALED(status))
			log_warn("a session died of signal ",
			    log_num((unsigned)WTERMSIG(status)));
	}
}

/* SIGCHLD only has to interrupt ppoll. */
static void
wake(int sig)
{
	(void)sig;
}

/* What a power cut left half done is done. */
static void
settle(void)
{
	pid_t pid = fork();

	if (pid == -1)
		log_warnsys("unable to look for what was left half done");
	if (pid == 0) {
		tool_settle();
		_exit(0);
	}
	sessions += pid > 0;
}

int
main(int argc, char **argv)
{
	struct service sv;
	struct pollfd p;
	sigset_t chld, normal;

	log_program("admind");
	service_start(&sv, "admind", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: admind [-C home] [-d fd]");
	if (sodium_init() == -1)
		log_fatal(111, "no source of random numbers");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &normal);
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = wake }, NULL);
	service_enter(&sv);
	service_home_stay();
	settle();
	service_ready(&sv);
	for (;;) {
		p = (struct pollfd){ sv.listeners[0],
			sessions < ADMIN_SESSIONS_MAX ? POLLIN : 0, 0 };
		if (ppoll(&p, 1, NULL, &normal) == -1 && errno != EINTR)
			log_fatalsys(111, "unable to poll");
		reap();
		if (p.revents & POLLIN)
			serve(&sv);
	}
}
