/* SPDX-License-Identifier: ISC */
#include "tlsd/acceptor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/service_filters.h"
#include "lib/sock.h"

enum { LISTENER, SIGNALS, WATCH, FIXED };

struct pending {
	int fd;
	uint64_t since_ms;
};
static struct pending pending[ACCEPTOR_PENDING_MAX];
static unsigned npending;
static struct listen_limits limits;
static struct service *sv;
static const struct acceptor_spec *spec;
static const struct confine_filter *filter;
static int signals_fd;
static bool serving;

static void
take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		log_fatalsys(111, "unable to block signals");
	signals_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals_fd == -1)
		log_fatalsys(111, "unable to take signals from a descriptor");
}

/* A crash may be an attack, and the next try must not come at once. */
static void
bury(pid_t pid, int status)
{
	struct listen_live live;
	char ip[IP_TEXT_SIZE];

	if (!listen_limits_remove(&limits, pid, &live) || !WIFSIGNALED(status))
		return;
	ip_format(ip, &live.ip);
	log_event("session", "ip", ip, "result", "killed", "signal",
	    log_num((unsigned)WTERMSIG(status)));
	if (WTERMSIG(status) != SIGTERM && WTERMSIG(status) != SIGKILL)
		listen_mark(
		    &limits.slow, &live.ip, clock_boot_ms(), ACCEPTOR_SHUN_MS);
}

/* true: SIGTERM came. */
static bool
serve_signals(void)
{
	struct signalfd_siginfo si;
	bool term = false;
	pid_t pid;
	int status;

	while (read(signals_fd, &si, sizeof(si)) == (ssize_t)sizeof(si))
		term |= si.ssi_signo == SIGTERM;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		bury(pid, status);
	return term;
}

static void
log_limit(const struct ip *peer, const char *what)
{
	char ip[IP_TEXT_SIZE];

	if (!listen_mark(
		&limits.said, peer, clock_boot_ms(), ACCEPTOR_COMPLAIN_MS))
		return;
	ip_format(ip, peer);
	log_event("tls", "ip", ip, "result", "refused", "reason", what);
}

static const char *
passed_limit(const struct ip *ip)
{
	const char *what = listen_limits_passed(&limits, ip, false);

	if (!what && listen_marked(&limits.slow, ip, clock_boot_ms()))
		what = "a session with this address crashed";
	if (what)
		log_limit(ip, what);
	return what;
}

/* It outlives an acceptor that dies: it ends with its plain stream. */
static int
child(struct session *s)
{
	int keep[] = { s->conn, s->peer, s->signer };
	sigset_t none;

	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1)
		return 111;
	confine_close_fds(keep, 3);
	s->filter = filter;
	return session_run(s);
}

static void
start_session(struct session *s)
{
	const char *why = passed_limit(&s->req.ip);
	pid_t pid;

	s->signer = -1;
	if (!why)
		why = spec->prepare(spec->arg, s);
	if (why) {
		session_refuse(s, 'T', why);
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(child(s));
	if (pid == -1) {
		log_warnsys("unable to fork a session");
		session_refuse(s, 'T', "tlsd: out of resources");
	} else {
		listen_limits_add(&limits, pid, &s->req.ip, false);
	}
	if (s->signer != -1)
		close(s->signer);
}

/* One caller's request.  false: it has not come yet. */
static bool
serve_caller(int fd)
{
	struct session s = { .conn = fd, .peer = -1 };
	char wire[TLSD_MSG_MAX];
	int nfds = 0;
	ssize_t n = sock_recv(fd, wire, sizeof(wire), &s.peer, 1, &nfds, 0);

	if (n == -1 && errno == EAGAIN)
		return false;
	if (n > 0 && nfds == 1 &&
	    tlsd_request_scan(&s.req, wire, (size_t)n) == 0 &&
	    s.req.op == spec->op)
		start_session(&s);
	else if (n != 0) /* 0: tlsd_is_up() */
		log_warn("no sense in a request");
	if (nfds == 1)
		close(s.peer);
	close(fd);
	return true;
}

static void
accept_callers(void)
{
	int fd;

	while (npending < ACCEPTOR_PENDING_MAX) {
		fd = service_accept(sv, 0, 0, NULL);
		if (fd == -1)
			return;
		if (!serve_caller(fd))
			pending[npending++] =
			    (struct pending){ fd, clock_boot_ms() };
	}
}

/* f: poll's answers to the first n of pending. */
static void
serve_pending(const struct pollfd *f, unsigned n)
{
	uint64_t now = clock_boot_ms();
	unsigned i;

	for (i = n; i-- > 0;) {
		if (f[i].revents && serve_caller(pending[i].fd))
			;
		else if (now - pending[i].since_ms > ACCEPTOR_REQUEST_MS)
			close(pending[i].fd);
		else
			continue;
		pending[i] = pending[--npending];
	}
}

static void
try_serving(void)
{
	if (serving || !spec->able(spec->arg))
		return;
	if (listen(sv->listeners[0], SOCK_BACKLOG) == -1)
		log_fatalsys(111, "unable to listen");
	serving = true;
}

/* false: SIGTERM. */
static bool
turn(void)
{
	struct pollfd f[FIXED + ACCEPTOR_PENDING_MAX] = { 0 };
	unsigned i, n = npending;

	f[LISTENER].fd =
	    serving && n < ACCEPTOR_PENDING_MAX ? sv->listeners[0] : -1;
	f[SIGNALS].fd = signals_fd;
	f[WATCH].fd = spec->watch;
	for (i = 0; i < n; i++)
		f[FIXED + i].fd = pending[i].fd;
	for (i = 0; i < FIXED + n; i++)
		f[i].events = POLLIN;
	if (poll(f, FIXED + n, serving && !n ? -1 : ACCEPTOR_TICK_MS) == -1)
		return true;
	if (f[SIGNALS].revents && serve_signals())
		return false;
	if (f[WATCH].revents)
		log_fatal(111, "the signer has ended");
	serve_pending(f + FIXED, n);
	if (f[LISTENER].revents)
		accept_callers();
	try_serving();
	return true;
}

int
acceptor_run(struct service *service, const struct acceptor_spec *how)
{
	unsigned i;

	sv = service;
	spec = how;
	filter = service_filter(sv->row, SERVICE_FILTER_CHILD);
	limits.all = TLSD_SESSIONS_MAX;
	limits.ip = ACCEPTOR_SESSIONS_IP;
	limits.net = ACCEPTOR_SESSIONS_NET;
	take_signals();
	try_serving();
	service_ready(sv);
	while (turn())
		;
	for (i = 0; i < limits.n; i++)
		kill(limits.live[i].pid, SIGTERM);
	return 0;
}
