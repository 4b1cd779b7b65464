/* SPDX-License-Identifier: ISC */
#include "lib/confine.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int
account_is(uid_t uid, gid_t gid)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	if (getresuid(&r, &e, &s) == -1 || getresgid(&gr, &ge, &gs) == -1)
		return 0;
	return r == uid && e == uid && s == uid && gr == gid && ge == gid &&
	    gs == gid;
}

int
confine_account(uid_t uid, gid_t gid)
{
	if (account_is(uid, gid) && uid != 0)
		return 0;
	if (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		return -1;
	if (!account_is(uid, gid) || (uid != 0 && setuid(0) != -1) ||
	    getgroups(0, NULL) != 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

static int
limit(int resource, unsigned long value)
{
	struct rlimit rl;

	if (getrlimit((__rlimit_resource_t)resource, &rl) == -1)
		return -1;
	if (rl.rlim_max != RLIM_INFINITY && value > rl.rlim_max)
		value = rl.rlim_max;
	rl.rlim_cur = rl.rlim_max = value;
	return setrlimit((__rlimit_resource_t)resource, &rl);
}

int
confine_limits(unsigned long mem_mib, unsigned long files, unsigned long procs)
{
	if (limit(RLIMIT_CORE, 0) == -1)
		return -1;
	if (mem_mib && limit(RLIMIT_DATA, mem_mib << 20) == -1)
		return -1;
	if (files && limit(RLIMIT_NOFILE, files) == -1)
		return -1;
	if (procs && limit(RLIMIT_NPROC, procs) == -1)
		return -1;
	return 0;
}

int
confine_file_size(unsigned long mib)
{
	struct stat st;

	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
		return -1;
	if (fstat(2, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	return limit(RLIMIT_FSIZE, mib << 20) == -1 ? -1 : 1;
}

int
confine_no_new_privs(void)
{
	static bool done;

	if (done) /* not written to again: a child would pay for the page */
		return 0;
	done = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	return done ? 0 : -1;
}

int
confine_secret(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* The lowest descriptor in keep that is at least from, or UINT_MAX. */
static unsigned
next_kept(const int *keep, int nkeep, unsigned from)
{
	unsigned best = UINT_MAX;
	int i;

	for (i = 0; i < nkeep; i++)
		if (keep[i] >= 0 && (unsigned)keep[i] >= from &&
		    (unsigned)keep[i] < best)
			best = (unsigned)keep[i];
	return best;
}

void
confine_close_fds(const int *keep, int nkeep)
{
	unsigned from = 3, kept;
	long fd, max = sysconf(_SC_OPEN_MAX);

	for (;;) {
		kept = next_kept(keep, nkeep, from);
		if (kept > from &&
		    close_range(from, kept == UINT_MAX ? kept : kept - 1, 0) == -1)
			for (fd = from; fd < max && fd < (long)kept; fd++)
				close((int)fd);
		if (kept == UINT_MAX)
			return;
		from = kept + 1;
	}
}
