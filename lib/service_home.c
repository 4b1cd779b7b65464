/* SPDX-License-Identifier: ISC */
#include "lib/service.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/service_uids.h"

const struct service_row *
service_find(const char *program)
{
	const struct service_row *row;

	for (row = service_rows; row->program; row++)
		if (strcmp(row->program, program) == 0)
			return row;
	return NULL;
}

/* What every home has and no other folder with a bin/ and an etc/ (/usr/local):
 * settings need not be there, none of them. */
static bool
is_home(const char *path)
{
	static const char *const marks[] = { "/etc/me", "/cdb", "/queue" };
	char name[PATH_MAX];
	struct stat st;
	size_t i;

	if (snprintf(name, sizeof name, "%s/etc", path) >= (int)sizeof name ||
	    stat(name, &st) == -1 || !S_ISDIR(st.st_mode))
		return false;
	for (i = 0; i < sizeof marks / sizeof *marks; i++)
		if (snprintf(name, sizeof name, "%s%s", path, marks[i]) <
			(int)sizeof name && access(name, F_OK) == 0)
			return true;
	return false;
}

/* The home whose bin/ this program lies in, or NULL. */
static const char *
own_home(void)
{
	static char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	if (len <= 0)
		return NULL;
	path[len] = 0;
	slash = strrchr(path, '/');
	*slash = 0;
	slash = strrchr(path, '/');
	if (!slash || slash == path || strcmp(slash, "/bin") != 0)
		return NULL;
	*slash = 0;
	return is_home(path) ? path : NULL;
}

static bool staying;

void
service_home_stay(void)
{
	staying = true;
}

void
service_home(const char *home_opt)
{
	const char *home = home_opt ? home_opt : getenv("POSTERN_HOME");
	struct stat st;

	if (staying)
		return;
	if (!home || !*home)
		home = own_home();
	if (!home)
		home = service_conf_home;
	if (chdir(home) == -1)
		log_fatalsys(errno == ENOENT ? 100 : 111,
		    "unable to enter the home ", home,
		    " (name another with -C DIR or POSTERN_HOME)");
	if (stat("etc", &st) == -1 || !S_ISDIR(st.st_mode))
		log_fatal(100, home, " is not a home of Postern: it has no etc/"
		    "; name another with -C DIR or POSTERN_HOME");
}

/* What service_uid knows after it looked once. */
static struct {
	bool known, collapsed;
	uid_t owner; /* whom accounts collapsed to */
	unsigned long base;
} uids;

static void
look(void)
{
	struct stat st = { 0 };
	int r;

	uids.known = true;
	uids.base = service_uidbase_default;
	r = service_uids_read(&uids.base);
	if (r == -1 && errno != EPERM && errno != EINVAL && errno != ELOOP)
		log_fatalsys(111, "unable to read etc/uidbase");
	if (r == -1 && geteuid() == 0)
		log_fatal(100, "etc/uidbase must be one number in a file that "
		    "only root may write; run postern-uids to make it anew");
	if (r == 1)
		return;
	uids.collapsed = stat(".", &st) == -1 || st.st_uid != 0;
	/* root at work in the home of an ordinary user writes files that the
	 * user's daemons can read */
	uids.owner = geteuid() == 0 && uids.collapsed ? st.st_uid : getuid();
}

bool
service_collapsed(void)
{
	if (!uids.known)
		look();
	return uids.collapsed;
}

uid_t
service_uid(const char *account)
{
	const struct service_account *a;
	bool root = strcmp(account, "root") == 0;

	/* before postern-uids wrote etc/uidbase, root is still root */
	if (root && geteuid() == 0)
		return 0;
	if (service_collapsed())
		return uids.owner;
	if (root)
		return 0;
	for (a = service_accounts; a->name; a++)
		if (strcmp(a->name, account) == 0)
			return (uid_t)(uids.base + a->index);
	log_fatal(100, "no account ", account, " in conf-services");
}

bool
service_is_daemon(uid_t uid)
{
	const struct service_row *row;

	if (service_collapsed())
		return false;
	for (row = service_rows; row->program; row++)
		if (strcmp(row->account, "caller") != 0 &&
		    service_uid(row->account) == uid)
			return true;
	return false;
}
