/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "admin/admin.h"
#include "cdb-tools/texts.h"
#include "cdb-tools/tool.h"
#include "lib/log.h"

/* As root in a user's home, who could put a link in the way: nothing here
 * follows one. */
static void
make_cdb(void)
{
	int r;

	umask(022);
	r = mkdir("cdb", 0755);
	umask(077);
	if (r == -1 && errno == EEXIST)
		return;
	if (r == -1 ||
	    (geteuid() == 0 && lchown("cdb", tool_owner(), (gid_t)-1) == -1))
		log_fatalsys(111, "unable to make cdb");
}

static int
open_lock(void)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW, fd;

	fd = open(TOOL_LOCK_PATH, flags | O_CREAT | O_EXCL, 0600);
	if (fd == -1 && errno == EEXIST)
		return open(TOOL_LOCK_PATH, flags);
	if (fd != -1 && geteuid() == 0 &&
	    fchown(fd, tool_owner(), (gid_t)-1) == -1)
		log_fatalsys(111, "unable to give away " TOOL_LOCK_PATH);
	return fd;
}

static struct timespec began;

/* Waits for the next tick of the clock that stamps files: what was written
 * before is older than it, what will be written is not. */
static void
mark_time(void)
{
	static const struct timespec nap = { .tv_nsec = 300000 };
	struct timespec first;

	clock_gettime(CLOCK_REALTIME_COARSE, &first);
	do {
		nanosleep(&nap, NULL);
		clock_gettime(CLOCK_REALTIME_COARSE, &began);
	} while (
	    began.tv_sec == first.tv_sec && began.tv_nsec == first.tv_nsec);
	if (began.tv_nsec == 0) {
		began.tv_sec--;
		began.tv_nsec = 1000000000;
	}
	began.tv_nsec--; /* older than anything from now on */
}

void
tool_stamp(struct timespec times[2])
{
	times[0] = times[1] = began;
}

static void
on_alarm(int sig)
{
	(void)sig;
}

static bool held;

static void
wait_for(int fd, int how)
{
	struct sigaction sa = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &sa, NULL); /* without SA_RESTART: ends the wait */
	alarm(TOOL_LOCK_SECONDS);
	if (flock(fd, how) == -1) {
		if (errno == EINTR)
			log_fatal(111,
			    "another userdb, aliasdb or netdb has "
			    "held " TOOL_LOCK_PATH " for a minute; try again");
		log_fatalsys(111, "unable to lock " TOOL_LOCK_PATH);
	}
	alarm(0);
}

void
tool_lock(void)
{
	int fd;

	if (held)
		return;
	held = true;
	make_cdb();
	fd = open_lock();
	if (fd == -1)
		log_fatalsys(111, "unable to open " TOOL_LOCK_PATH);
	wait_for(fd, LOCK_EX);
	texts_settle();
	mark_time();
}

int
tool_share(void)
{
	int fd;

	if (held || !admin_may())
		return -1;
	if (texts_pending()) {
		tool_lock();
		return -1;
	}
	fd = open(TOOL_LOCK_PATH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd != -1)
		wait_for(fd, LOCK_SH);
	return fd;
}

void
tool_unshare(int fd)
{
	if (fd != -1)
		close(fd);
}
