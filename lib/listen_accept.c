/* SPDX-License-Identifier: ISC */
/* The acceptor: accepts, counts, forks.  It never reads a client. */
#include "lib/listen_inside.h"
#include "lib/listen_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/confine.h"
#include "lib/log.h"
#include "lib/service_rest.h"
#include "lib/service_watch.h"

#define REAP_MS    1000 /* between looks at children, where nobody connects */
#define STOP_MS    20   /* the same, when they are to end */
#define NO_FORK_MS 50   /* a rest when processes or descriptors ran out */

struct acceptor {
	struct service *sv;
	const struct listen_spec *spec;
	int n;
	char classes[LISTEN_SOCKETS_MAX][LISTEN_CLASS_MAX];
	struct listen_limits *limits; /* shared with the parent alone */
	struct listen_settings settings;
	uint64_t now_ms;
	bool stopping, crashed;
};
static struct acceptor self;

/* At the start, and then before a fork, at most once a second. */
static void
tick(struct acceptor *a)
{
	if (!listen_settings_look(&a->settings, a->limits, a->now_ms))
		return;
	if (a->spec->prepare)
		a->spec->prepare(a->spec->arg);
	service_spare_heap();
}

static void
refuse(struct acceptor *a, const struct listen_arrival *c, const char *limit,
    bool broken)
{
	const char *line = a->spec->refuse_line(c->class_name, broken);
	char text[IP_TEXT_SIZE];

	if (line)
		send(c->fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!listen_mark(&a->limits->said, &c->remote, a->now_ms, LISTEN_SAID_MS))
		return;
	ip_format(text, &c->remote);
	log_event("refused", "ip", text, "class", c->class_name, "reason",
	    limit, "connections", log_num(a->limits->n));
}

static void
start_session(struct acceptor *a, struct listen_arrival *c)
{
	const char *limit;
	pid_t pid;
	int proxy = listen_settings_proxy(&a->settings, &c->remote);

	c->proxied = proxy == 1;
	c->slow = !c->proxied &&
	    listen_marked(&a->limits->slow, &c->remote, a->now_ms);
	limit = proxy == -1 ? "proxies" :
	    listen_limits_passed(a->limits, &c->remote, c->proxied);
	if (limit) {
		refuse(a, c, limit, proxy == -1);
		return;
	}
	pid = service_fork();
	if (pid == 0)
		listen_session(c, a->n, a->spec);
	if (pid == -1) {
		refuse(a, c, "processes", false);
		poll(NULL, 0, NO_FORK_MS);
		return;
	}
	listen_limits_add(a->limits, pid, &c->remote, c->proxied);
}

/* One a poll: to hear that there is no other costs more than to ask again. */
static void
accept_one(struct acceptor *a, int i)
{
	struct sockaddr_storage ss;
	struct listen_arrival c = { .class_name = a->classes[i] };
	socklen_t len = sizeof(ss);

	c.fd = accept4(LISTEN_FD_FIRST + i, (struct sockaddr *)&ss, &len,
	    SOCK_CLOEXEC);
	if (c.fd == -1) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			poll(NULL, 0, NO_FORK_MS);
		return;
	}
	tick(a);
	if (ip_from_sockaddr(&c.remote, &c.port, &ss))
		start_session(a, &c);
	close(c.fd);
}

/* Does this end of a session mean that its memory was played with, or that we
 * have a bug?  Signals that people send do not. */
static bool
is_fault(int status)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	return sig && sig != SIGTERM && sig != SIGKILL && sig != SIGINT &&
	    sig != SIGHUP && sig != SIGPIPE && sig != SIGALRM;
}

static void
reap(struct acceptor *a)
{
	struct listen_live gone;
	char text[IP_TEXT_SIZE];
	int status;
	pid_t pid;

	while (!a->crashed && a->limits->n > 0 &&
	    (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!listen_limits_remove(a->limits, pid, &gone) ||
		    !is_fault(status))
			continue;
		ip_format(text, &gone.ip);
		log_event("crash", "ip", text, "pid", log_num((unsigned)pid),
		    "signal", log_num((unsigned)WTERMSIG(status)));
		if (!gone.uncounted)
			listen_mark(&a->limits->slow, &gone.ip, a->now_ms,
			    LISTEN_SLOW_FORGET * 1000ULL);
		a->crashed = true;
	}
}

static void
take_signal(struct acceptor *a)
{
	struct signalfd_siginfo si;

	if (read(LISTEN_FD_READY, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGTERM || si.ssi_signo == SIGINT)
		a->stopping = true;
}

/* Ends of sessions that an earlier acceptor left; or the parent's. */
static void
take_control(struct acceptor *a)
{
	struct listen_live gone;
	pid_t pid;

	for (;;) {
		switch (read(LISTEN_FD_CONTROL, &pid, sizeof(pid))) {
		case sizeof(pid):
			listen_limits_remove(a->limits, pid, &gone);
			break;
		case 0:
			a->stopping = true;
			return;
		default:
			return;
		}
	}
}

static void
kill_own(const struct acceptor *a, int sig)
{
	unsigned i;

	for (i = 0; i < a->limits->n; i++)
		if (a->limits->live[i].own)
			kill(a->limits->live[i].pid, sig);
}

static bool
has_own(const struct acceptor *a)
{
	unsigned i;

	for (i = 0; i < a->limits->n; i++)
		if (a->limits->live[i].own)
			return true;
	return false;
}

static void
stop(struct acceptor *a)
{
	uint64_t until = clock_boot_ms() + LISTEN_STOP_SECONDS * 1000, now;
	struct pollfd p = { LISTEN_FD_READY, POLLIN, 0 };

	kill_own(a, SIGTERM);
	for (;;) {
		reap(a);
		a->crashed = false;
		now = clock_boot_ms();
		if (!has_own(a) || now >= until)
			break;
		if (poll(&p, 1, STOP_MS) == 1)
			take_signal(a);
	}
	kill_own(a, SIGKILL);
}

static void
serve(struct acceptor *a)
{
	struct pollfd p[2 + LISTEN_SOCKETS_MAX] = {
		{ LISTEN_FD_READY, POLLIN, 0 }, { LISTEN_FD_CONTROL, POLLIN, 0 } };
	int i;

	for (i = 0; i < a->n; i++) {
		p[2 + i].events = POLLIN;
		p[2 + i].fd = fcntl(LISTEN_FD_FIRST + i, F_GETFD) == -1 ?
		    -1 : LISTEN_FD_FIRST + i;
	}
	while (!a->stopping && !a->crashed) {
		/* ends of children wait for the next connection, or a while: no
		 * wake-up of their own */
		if (poll(p, (nfds_t)(2 + a->n), a->limits->n ? REAP_MS : -1) ==
		    -1)
			continue;
		a->now_ms = clock_boot_ms();
		reap(a);
		if (p[0].revents)
			take_signal(a);
		if (p[1].revents)
			take_control(a);
		for (i = 0; i < a->n && !a->stopping && !a->crashed; i++)
			if (p[2 + i].revents)
				accept_one(a, i);
	}
	if (a->stopping)
		stop(a);
}

/* Splits "smtp:submission:". */
static void
take_classes(struct acceptor *a)
{
	const char *s = getenv(LISTEN_ENV_CLASSES);
	size_t n;

	for (; *s && a->n < LISTEN_SOCKETS_MAX; s += n + (s[n] == ':')) {
		n = strcspn(s, ":");
		if (n >= LISTEN_CLASS_MAX)
			n = LISTEN_CLASS_MAX - 1;
		memcpy(a->classes[a->n++], s, n);
	}
}

int
listen_accept_run(struct service *sv, const struct listen_spec *spec)
{
	struct acceptor *a = &self;
	sigset_t set;
	int fd;

	a->sv = sv;
	a->spec = spec;
	take_classes(a);
	sv->ready_fd = fcntl(LISTEN_FD_READY, F_GETFD) == -1 ?
	    -1 : LISTEN_FD_READY;
	a->limits = mmap(NULL, sizeof(*a->limits), PROT_READ | PROT_WRITE,
	    MAP_SHARED, LISTEN_FD_STATE, 0);
	if (a->limits == MAP_FAILED ||
	    madvise(a->limits, sizeof(*a->limits), MADV_DONTFORK) == -1)
		log_fatalsys(111, "unable to map the count of sessions");
	service_enter(sv);
	if (confine_alone_prepare() == -1)
		log_fatalsys(111, "unable to prepare the rules of sessions");
	a->now_ms = clock_boot_ms();
	tick(a);
	service_ready(sv);
	sigprocmask(SIG_SETMASK, NULL, &set);
	sigdelset(&set, SIGCHLD);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1 || dup2(fd, LISTEN_FD_READY) == -1)
		log_fatalsys(111, "unable to wait for signals");
	if (fd != LISTEN_FD_READY)
		close(fd);
	serve(a);
	return 0;
}
