/* SPDX-License-Identifier: ISC */
/* The parent: binds, starts acceptors, keeps the list of sessions whose
 * acceptor is gone.  It reads no client and no file of ours. */
#include "lib/listen_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"

#define PASSED_MAX (LISTEN_FD_FIRST - LISTEN_FD_CONTROL + LISTEN_SOCKETS_MAX)
#define ABOVE      100 /* descriptors on their way wait here */

struct parent {
	struct listen *l;
	struct service *sv;
	int exe, state, ready; /* ready: -1 once handed on */
	int control;           /* our end of the acceptor's pipe, or -1 */
	pid_t acceptor;        /* 0: none */
	uint64_t started_ms;
	bool stopping, trap;
	struct listen_limits *shared; /* the acceptor's, while it lives */
	char fds[32], classes[16 + LISTEN_SOCKETS_MAX * LISTEN_CLASS_MAX + 32];
	struct listen_limits orphans;
};
static struct parent self;

void
listen_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

/* In the child: puts the descriptors where the acceptor looks for them. */
static void
become_acceptor(struct parent *p, int control)
{
	static char trap[] = "POSTERN_SECCOMP=trap";
	char *env[4] = { p->fds, p->classes, p->trap ? trap : NULL, NULL };
	int want[PASSED_MAX] = { control, p->state, p->ready }, i, exe;
	int n = LISTEN_FD_FIRST - LISTEN_FD_CONTROL;

	for (i = 0; i < p->l->n; i++)
		want[n++] = p->l->sockets[i].fd;
	exe = fcntl(p->exe, F_DUPFD_CLOEXEC, ABOVE);
	for (i = 0; i < n; i++)
		if (want[i] != -1)
			want[i] = fcntl(want[i], F_DUPFD_CLOEXEC, ABOVE);
	for (i = 0; i < n; i++) {
		if (want[i] == -1)
			close(LISTEN_FD_CONTROL + i);
		else if (dup2(want[i], LISTEN_FD_CONTROL + i) == -1)
			_exit(111);
	}
	fexecve(exe, p->sv->argv, env);
	log_fatalsys(111, "unable to start an acceptor");
}

static void
start_acceptor(struct parent *p)
{
	int pipefd[2];

	p->started_ms = clock_boot_ms();
	if (pipe2(pipefd, O_CLOEXEC | O_NONBLOCK) == -1)
		log_fatalsys(111, "unable to make a pipe");
	p->shared->n = 0;
	listen_limits_merge(p->shared, &p->orphans, false);
	p->acceptor = fork();
	if (p->acceptor == 0)
		become_acceptor(p, pipefd[0]);
	close(pipefd[0]);
	p->control = pipefd[1];
	if (p->acceptor == -1) {
		log_warnsys("unable to start an acceptor");
		close(p->control);
		p->acceptor = 0;
		return;
	}
	if (p->ready != -1)
		close(p->ready);
	p->ready = -1;
	service_ready(p->sv);
}

static void
acceptor_ended(struct parent *p, int status)
{
	close(p->control);
	p->acceptor = 0;
	listen_limits_merge(&p->orphans, p->shared, true);
	if (WIFSIGNALED(status))
		log_event("acceptor-died", "signal",
		    log_num((unsigned)WTERMSIG(status)));
}

/* Reaps everybody.  A session of an acceptor that just died is known only
 * after acceptor_ended, so ask for the acceptor first, every time. */
static void
reap(struct parent *p)
{
	struct listen_live gone;
	siginfo_t si;
	int status;

	for (;;) {
		if (p->acceptor &&
		    waitpid(p->acceptor, &status, WNOHANG) == p->acceptor)
			acceptor_ended(p, status);
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) == -1 ||
		    si.si_pid == 0)
			return;
		if (si.si_pid == p->acceptor)
			continue;
		waitpid(si.si_pid, &status, WNOHANG);
		if (listen_limits_remove(&p->orphans, si.si_pid, &gone) &&
		    p->acceptor &&
		    write(p->control, &gone.pid, sizeof(gone.pid)) == -1)
			log_warnsys("unable to tell the acceptor of an end");
	}
}

static void
kill_all(struct parent *p, int sig)
{
	unsigned i;

	if (p->acceptor)
		kill(p->acceptor, sig);
	for (i = 0; i < p->orphans.n; i++)
		kill(p->orphans.live[i].pid, sig);
}

/* Waits for a signal, at most until_ms; false: it is time. */
static bool
wait_signal(struct parent *p, uint64_t until_ms)
{
	uint64_t now = clock_boot_ms();
	uint64_t left = until_ms > now ? until_ms - now : 0;
	struct timespec ts = { (time_t)(left / 1000),
		(long)(left % 1000) * 1000000 };
	sigset_t set;
	bool in_time;
	int sig;

	sigprocmask(SIG_SETMASK, NULL, &set);
	sig = sigtimedwait(&set, NULL, until_ms ? &ts : NULL);
	in_time = sig != -1 || errno != EAGAIN;
	if (sig == SIGTERM || sig == SIGINT)
		p->stopping = true;
	reap(p);
	return in_time;
}

static int
stop(struct parent *p)
{
	uint64_t until;

	kill_all(p, SIGTERM);
	/* the acceptor itself waits LISTEN_STOP_SECONDS for its children */
	until = clock_boot_ms() + LISTEN_STOP_SECONDS * 1000 + 500;
	while ((p->acceptor || p->orphans.n) && wait_signal(p, until))
		;
	kill_all(p, SIGKILL);
	return 0;
}

static void
prepare_parent(struct parent *p, struct listen *l, struct service *sv)
{
	size_t len;
	int i;

	p->l = l;
	p->sv = sv;
	listen_open(l, sv);
	snprintf(p->fds, sizeof(p->fds), "%s=%d", LISTEN_ENV_FDS,
	    LISTEN_FD_FIRST - LISTEN_FD_CONTROL + l->n);
	len = (size_t)snprintf(p->classes, sizeof(p->classes), "%s=",
	    LISTEN_ENV_CLASSES);
	for (i = 0; i < l->n; i++)
		len += (size_t)snprintf(p->classes + len,
		    sizeof(p->classes) - len, "%s:", l->sockets[i].class_name);
	p->exe = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	p->state = memfd_create("sessions", MFD_CLOEXEC);
	if (p->exe == -1 || p->state == -1 ||
	    ftruncate(p->state, sizeof(*p->shared)) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		log_fatalsys(111, "unable to prepare acceptors");
	p->shared = mmap(NULL, sizeof(*p->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED, p->state, 0);
	if (p->shared == MAP_FAILED)
		log_fatalsys(111, "unable to prepare acceptors");
	p->trap = getenv("POSTERN_SECCOMP") != NULL;
	p->ready = sv->ready_fd;
	sv->ready_fd = -1;
}

int
listen_run(struct listen *l, struct service *sv, const struct listen_spec *spec)
{
	struct parent *p = &self;

	listen_block_signals();
	if (getenv(LISTEN_ENV_CLASSES))
		return listen_accept_run(sv, spec);
	prepare_parent(p, l, sv);
	service_enter_parent(sv);
	while (!p->stopping) {
		if (!p->acceptor && (!p->started_ms || clock_boot_ms() >=
		    p->started_ms + LISTEN_RESTART_MS))
			start_acceptor(p);
		wait_signal(p, p->acceptor ? 0 :
		    p->started_ms + LISTEN_RESTART_MS);
	}
	return stop(p);
}
