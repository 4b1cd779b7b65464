/* SPDX-License-Identifier: ISC */
#include "pop3d/master.h"

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
#include "pop3d/logins.h"
#include "pop3d/session.h"
#include "pop3d/table_watch.h"
#include "pop3d/wait.h"

struct child {
	pid_t pid;                          /* 0: free */
	char mailbox[ADDR_MAILBOX_MAX + 1]; /* "": it serves none, and ends */
	char epoch[sizeof((struct mailbox_info *)0)->epoch];
};

static struct child *children;
static size_t max_children, nchildren;
static struct table mailboxes;
static struct uidl_kept uidl;
static unsigned long
    checked; /* generation of mailboxes all were held against */
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
hold(const struct child *c)
{
	if (must_end(c->mailbox, c->epoch))
		kill(c->pid, SIGTERM);
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
			hold(&children[i]);
	lent_check(must_end);
}

static int
serve(int conn, const struct confine_filter *filter, pid_t master)
{
	struct session_means means = { .mailboxes = &mailboxes,
		.uidl = &uidl,
		.filter = filter };

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
	if (session.found == 1) {
		memcpy(c->mailbox, session.login.mailbox, sizeof c->mailbox);
		memcpy(c->epoch, session.box.epoch, sizeof c->epoch);
	}
	nchildren++;
}

static size_t
children_of(const char *mailbox)
{
	size_t i, n = 0;

	for (i = 0; i < max_children; i++)
		n += children[i].pid &&
		    strcmp(children[i].mailbox, mailbox) == 0;
	return n;
}

/* NULL, or why there is no room for a session of this mailbox. */
static const char *
crowded(const char *mailbox)
{
	if (nchildren + lent_sweep() >= max_children)
		return "too many sessions (etc/pop3-sessions)";
	if (nchildren >= MASTER_MAILBOX_MAX &&
	    children_of(mailbox) >= MASTER_MAILBOX_MAX)
		return "too many sessions of this mailbox";
	return NULL;
}

static void
start_session(
    struct service *sv, int conn, const struct confine_filter *filter)
{
	struct session_means means = { .mailboxes = &mailboxes, .uidl = &uidl };
	enum session_way way = SESSION_OVER;
	const char *why = crowded(session.login.mailbox);

	uidl_kept_look(&uidl);
	if (!why) {
		way = session_try(&session, conn, &means);
	} else {
		log_event("session", "account", session.login.mailbox, "ip",
		    session.login.ip, "result", "refused", "reason", why);
		session_tell(conn, POP3D_TRY_LATER,
		    "too many sessions at once", -1);
	}
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
	max_children = setting_number(SETTING_POP3_SESSIONS);
	children = calloc(max_children, sizeof *children);
	if (!children || lent_open(max_children) == -1)
		log_fatal(111, "out of memory");
	session.dir_fd = session.new_fd = session.cur_fd = session.lock.fd = -1;
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
	struct pollfd p[3 + LOGINS_LINKS] = {
		{ .fd = sv->listeners[0], .events = POLLIN },
		{ .fd = wait_signal_fd, .events = POLLIN },
		{ .events = POLLIN } }, *links = p + 3;
	uint64_t tick = 0, now;
	int conn, rc;

	prepare();
	logins_start(links);
	service_rest();
	service_spare_heap();
	p[2].fd = watch_fd;
	for (;;) {
		/* ends of children can wait for the next login or tick: no
		 * wake-up of their own */
		poll(p, 3 + LOGINS_LINKS,
		    nchildren + lent_known() > 0 ? MASTER_TICK_MS : -1);
		if (p[1].revents)
			break;
		if (nchildren > 0)
			reap();
		now = clock_boot_ms();
		if (p[2].revents)
			table_watched(watch_fd);
		if (p[2].revents || now - tick >= MASTER_TICK_MS) {
			tick = now;
			lent_sweep();
			check_table();
		}
		/* one a round: to hear that there is no other costs more */
		rc = logins_take(links, &session.login, &conn);
		if (rc == 1)
			start_session(sv, conn, filter);
		else if (rc == 0 && p[0].revents)
			logins_accept(links, sv);
	}
	farewell();
	return 0;
}
