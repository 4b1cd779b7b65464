/* SPDX-License-Identifier: ISC */
#include "lib/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/confine.h"
#include "lib/log.h"
#include "lib/service_filters.h"
#include "lib/service_watch.h"

/* What this machine or this start does not hold, for one line at the start. */
struct lacks {
	const char *account, *root, *landlock, *seccomp, *fsize;
};

/* RLIMIT_NPROC counts a uid's processes, whichever program they are of. */
static unsigned long
procs_of(const char *account)
{
	const struct service_row *row;
	unsigned long sum = 0;

	for (row = service_rows; row->program; row++)
		if (strcmp(row->account, account) == 0)
			sum += row->procs;
	return sum;
}

/* An administrator's link out of the home must go on to work. */
static bool
has_link(const char *const *dirs)
{
	struct stat st;

	for (; *dirs; dirs++)
		if (lstat(*dirs, &st) == 0 && S_ISLNK(st.st_mode))
			return true;
	return false;
}

/* An acceptor's parent did it. */
static bool
home_is_root(void)
{
	struct stat home, root;

	return stat(".", &home) == 0 && stat("/", &root) == 0 &&
	    home.st_dev == root.st_dev && home.st_ino == root.st_ino;
}

/* can: whatever the process still does by name works in there. */
static void
make_home_root(const struct service *sv, bool can, struct lacks *lacks)
{
	const struct service_row *row = sv->row;

	if (!row->chroot || home_is_root())
		return;
	lacks->root = "chroot";
	if (!sv->root || !can || has_link(row->reads) || has_link(row->writes))
		return;
	if (chroot(".") == 0 && chdir("/") == 0)
		lacks->root = NULL;
	else if (errno != EPERM) /* a root who may not */
		log_fatalsys(111, "unable to make the home the root");
}

static void
limit_files(const struct service_row *row, struct lacks *lacks)
{
	int r = confine_file_size(row->fsize_mib);

	if (r == -1)
		log_fatalsys(111, "unable to limit the size of files");
	if (r == 0)
		lacks->fsize = "fsize";
}

static void
drop(const struct service *sv, struct lacks *lacks)
{
	const struct service_row *row = sv->row;
	uid_t uid = service_uid(row->account);
	bool ours = sv->root || (!service_collapsed() && uid == geteuid());

	/* without an account of our own, other people's processes would count */
	if (confine_limits(row->mem_mib, row->files,
	    ours ? procs_of(row->account) : 0) == -1)
		log_fatalsys(111, "unable to limit resources");
	limit_files(row, lacks);
	if (!ours)
		lacks->account = "accounts";
	else if (confine_account(uid, (gid_t)uid) == -1)
		log_fatalsys(111, "unable to become ", row->account, " (uid ",
		    log_num(uid), ")");
	if (row->secret && confine_secret() == -1)
		log_fatalsys(111, "unable to become non-dumpable");
}

static bool
row_has(const struct service_row *row, const char *group)
{
	int i;

	for (i = 0; row->sys[i]; i++)
		if (strcmp(row->sys[i], group) == 0)
			return true;
	return false;
}

static void
close_house(const char *const *reads, const char *const *writes,
    unsigned allowed, struct lacks *lacks)
{
	int r = confine_dirs_but(reads, writes, allowed);

	if (r == -1)
		log_fatalsys(111, "unable to confine to the folders of "
		    "conf-services (is one missing? run postern-uids)");
	if (r == 0)
		lacks->landlock = "landlock";
}

const struct confine_filter *
service_filter(const struct service_row *row, enum service_filter which)
{
	const char *groups[SERVICE_GROUPS_MAX + 1];
	char text[CONFINE_GROUPS_TEXT];
	const struct confine_filter *f = NULL;

	if (service_filter_groups(groups, row, which) &&
	    service_filter_text(text, groups) == 0)
		f = confine_filter_find(text);
	if (!f)
		log_fatal(100, "no system call filter was made for ",
		    row->program, ": see conf-services, and build anew");
	return f;
}

static void
install(const struct confine_filter *f, struct lacks *lacks)
{
	int r = confine_install(f);

	if (r == -1)
		log_fatalsys(111, "unable to filter system calls");
	if (r == 0)
		lacks->seccomp = "seccomp";
}

static void
tell(const struct service *sv, const struct lacks *lacks)
{
	const char *what[] = { lacks->account, lacks->root, lacks->landlock,
		lacks->seccomp, lacks->fsize };
	char not_held[64] = "";
	size_t i, len = 0;

	for (i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		if (what[i])
			len += (size_t)snprintf(not_held + len,
			    sizeof(not_held) - len, "%s%s", len ? "," : "",
			    what[i]);
	if (!sv->once)
		log_event("start", "account", sv->row->account, "uid",
		    log_num(geteuid()), "not-held", *not_held ? not_held : NULL);
}

/* clearenv alone leaves the strings in memory, and in /proc/PID/environ:
 * whatever was in the shell that started us.  What a UCSPI server says of the
 * client stays good. */
static void
forget_environment(const struct service *sv)
{
	char **e;

	for (e = environ; e && *e && !(sv->row->tcp && sv->once); e++)
		explicit_bzero(*e, strlen(*e));
	clearenv();
}

void
service_enter(struct service *sv)
{
	const struct confine_filter *f =
	    service_filter(sv->row, SERVICE_FILTER_OWN);
	struct lacks lacks = { 0 };

	forget_environment(sv);
	make_home_root(sv, true, &lacks);
	drop(sv, &lacks);
	if (!sv->once)
		service_watch(sv);
	close_house(sv->row->reads, sv->row->writes,
	    row_has(sv->row, "tcp") ? CONFINE_TCP : 0, &lacks);
	install(f, &lacks);
	tell(sv, &lacks);
}

void
service_enter_parent(struct service *sv)
{
	static const char *const whole[] = { "/", NULL };
	const struct confine_filter *f =
	    service_filter(sv->row, SERVICE_FILTER_PARENT);
	struct lacks lacks = { 0 };

	forget_environment(sv);
	/* first: our program, and the dynamic linker, may be outside */
	close_house(whole, sv->row->writes,
	    CONFINE_EXEC | (row_has(sv->row, "tcp") ? CONFINE_TCP : 0), &lacks);
	make_home_root(sv, getauxval(AT_BASE) == 0, &lacks);
	drop(sv, &lacks);
	install(f, &lacks);
}
