/* SPDX-License-Identifier: ISC */
#include "pop3d/master.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/safefile.h"
#include "lib/service_rest.h"
#include "lib/service_watch.h"
#include "pop3d/lent.h"
#include "pop3d/session.h"
#include "pop3d/table_watch.h"
#include "pop3d/wait.h"

struct child {
	pid_t pid;                          /* 0: free */
	char mailbox[ADDR_MAILBOX_MAX + 1]; /* "" until it has reported */
	char epoch[sizeof((struct session_report *)0)->epoch];
};
#define REPORTS_MAX   16 /* read at once */

static struct child *children;
static size_t max_children, nchildren;
static struct table mailboxes;
static struct uidl_kept uidl;
static unsigned long
    checked; /* generation of mailboxes all were held against */
static int report_read, report_write;
static int watch_fd; /* tells that the table was replaced */
static struct session session; /* of a child, or tried just now */

void
master_signals(void)
{
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &term, NULL) == -1)
		log_fatalsys(111, "unable to block SIGTERM");
	wait_signal_fd = signalfd(-1, &term, SFD_CLOEXEC | SFD_NONBLOCK);
	if (wait_signal_fd == -1)
		log_fatalsys(111, "unable to take signals from a descriptor");
}

static struct child *
find(pid_t pid)
{
	size_t i;

	for (i = 0; i < max_children; i++)
		if (children[i].pid == pid)
			return &children[i];
	return NULL;
}

static void
reap(void)
{
	struct child *c;
	pid_t pid;
	int status;

	while (nchildren > 0 && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!(c = find(pid)))
			continue;
		if (WIFSIGNALED(status))
			log_event("session", "account",
			    c->mailbox[0] ? c->mailbox : NULL, "result",
			    "killed", "signal",
			    log_num((unsigned)WTERMSIG(status)));
		memset(c, 0, sizeof *c);
		nchildren--;
	}
}

/* Must the session of a mailbox end, that is no longer what it was at its login?
 * A table that cannot be read says nothing: sessions go on. */
static bool
must_end(const char *mailbox, const char *epoch)
{
	struct mailbox_info now;
	int found = mailbox_lookup(&now, &mailboxes, mailbox);

	if (found == -1 ||
	    (found == 1 && !now.disabled && strcmp(now.epoch, epoch) == 0))
		return false;
	log_event("session", "account", mailbox, "result", "ended", "reason",
	    found == 0     ? "mailbox removed"
	    : now.disabled ? "mailbox disabled"
			   : "password changed");
	return true;
}

static void
hold_against_table(const struct child *c)
{
	if (must_end(c->mailbox, c->epoch))
		kill(c->pid, SIGTERM);
}

static void
take_report(struct session_report *r)
{
	struct child *c = find(r->pid);

	if (!c)
		return;
	memcpy(c->mailbox, r->mailbox, sizeof c->mailbox);
	memcpy(c->epoch, r->epoch, sizeof c->epoch);
	c->mailbox[sizeof c->mailbox - 1] = '\0';
	c->epoch[sizeof c->epoch - 1] = '\0';
	/* the table may be newer than the one the child saw */
	hold_against_table(c);
}

/* Each is written whole: a pipe keeps what is that small together. */
static void
take_reports(void)
{
	struct session_report r[REPORTS_MAX];
	ssize_t n, i;

	do {
		n = read(report_read, r, sizeof r);
		for (i = 0; i < n / (ssize_t)sizeof *r; i++)
			take_report(&r[i]);
	} while (n == sizeof r);
}

static void
check_table(void)
{
	size_t i;

	if (table_refresh(&mailboxes) == -1 ||
	    table_generation(&mailboxes) == checked)
		return;
	checked = table_generation(&mailboxes);
	for (i = 0; i < max_children; i++)
		if (children[i].pid && children[i].mailbox[0])
			hold_against_table(&children[i]);
	lent_check(must_end);
}

static int
serve(int conn, const struct confine_filter *filter, pid_t master)
{
	struct session_means means = { .mailboxes = &mailboxes,
		.uidl = &uidl,
		.filter = filter,
		.report_fd = report_write };

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		return 111;
	if (session_open(&session, conn, &means) == -1)
		return 0;
	transaction_run(&session);
	return 0;
}

static void
start_child(struct service *sv, int conn, const struct confine_filter *filter)
{
	pid_t master = getpid(), pid = service_fork();
	struct child *c = find(0);

	if (pid == 0) {
		close(sv->listeners[0]);
		close(report_read);
		if (watch_fd != -1)
			close(watch_fd);
		lent_leave();
		_exit(serve(conn, filter, master));
	}
	close(conn);
	if (pid == -1) {
		log_warnsys("unable to fork a session");
		return;
	}
	c->pid = pid;
	nchildren++;
}

static void
start_session(
    struct service *sv, int conn, const struct confine_filter *filter)
{
	struct session_means means = { .mailboxes = &mailboxes, .uidl = &uidl };
	enum session_way way = SESSION_OVER;

	uidl_kept_look(&uidl);
	if (nchildren + lent_sweep() < max_children)
		way = session_try(&session, conn, &means);
	else /* without an answer: try later */
		log_event("session", "result", "refused", "reason",
		    "too many sessions (etc/pop3-sessions)");
	if (way == SESSION_FORK)
		start_child(sv, conn, filter);
	else if (way == SESSION_OVER ||
	    lent_add(conn, session.login.mailbox, session.box.epoch) == -1)
		close(conn);
	session_forget(&session);
}

static void
farewell(void)
{
	uint64_t end = clock_boot_ms() + MASTER_FAREWELL_MS;
	struct timespec nap = { .tv_nsec = 10000000 };
	int sig = SIGTERM;
	size_t i;

	for (;;) {
		for (i = 0; i < max_children && sig; i++)
			if (children[i].pid)
				kill(children[i].pid, sig);
		sig = 0;
		reap();
		if (nchildren == 0)
			return;
		if (clock_boot_ms() >= end)
			sig = SIGKILL;
		nanosleep(&nap, NULL);
	}
}

static void
prepare(void)
{
	int fds[2];

	max_children = setting_number(SETTING_POP3_SESSIONS);
	children = calloc(max_children, sizeof *children);
	if (!children || lent_open(max_children) == -1)
		log_fatal(111, "out of memory");
	session_forget(&session);
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1)
		log_fatalsys(111, "unable to make a pipe");
	report_read = fds[0];
	report_write = fds[1];
	watch_fd = table_watch();
	uidl_kept_look(&uidl);
	table_init(&mailboxes, MAILBOXES_CDB);
	if (table_refresh(&mailboxes) == -1)
		log_warnsys("unable to open " MAILBOXES_CDB
			    ", nobody can log in yet (make -C etc)");
}

int
master_run(struct service *sv, const struct confine_filter *filter)
{
	struct pollfd p[3] = { { .fd = sv->listeners[0], .events = POLLIN },
		{ .fd = wait_signal_fd, .events = POLLIN },
		{ .events = POLLIN } };
	uint64_t tick = 0, now;
	int conn;

	prepare();
	service_rest();
	service_spare_heap();
	p[2].fd = watch_fd;
	for (;;) {
		/* ends and reports of children can wait for the next
		 * connection or tick: no wake-up of their own */
		poll(p, 3, nchildren + lent_known() > 0 ? MASTER_TICK_MS : -1);
		if (p[1].revents)
			break;
		if (nchildren > 0) {
			take_reports();
			reap();
		}
		now = clock_boot_ms();
		if (p[2].revents)
			table_watched(watch_fd);
		if (p[2].revents || now - tick >= MASTER_TICK_MS) {
			tick = now;
			lent_sweep();
			check_table();
		}
		/* one a round: to hear that there is no other costs more */
		if (p[0].revents &&
		    (conn = service_accept(sv, 0, 0, NULL)) != -1)
			start_session(sv, conn, filter);
	}
	farewell();
	return 0;
}
