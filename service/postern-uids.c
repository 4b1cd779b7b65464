/* SPDX-License-Identifier: ISC */
/* postern-uids - gives a home its block of uids, and its folders their owners.
 *
 * Run by root, by the starter of an instance, before any daemon.  Writes
 * etc/uidbase and the registry /var/lib/postern/uids, follows no symbolic link
 * in the home, and starts nothing.  Without root it makes missing folders. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/log.h"
#include "lib/safefile.h"
#include "lib/sa.h"
#include "lib/service.h"
#include "lib/service_dirs.h"
#include "lib/service_uids.h"
#include "service/uids_registry.h"

static void
usage(void)
{
	log_fatal(100, "usage: postern-uids [-r REGISTRY] [--release] HOME");
}

static void
mend(const char *path)
{
	if (service_dir_mend(service_dir_find(path)) == -1)
		log_fatalsys(111, "unable to own ", path);
}

static void
write_base(unsigned long base)
{
	stralloc text = { 0 };
	unsigned long there;

	if (service_uids_read(&there) == 1 && there == base)
		return;
	sa_catul(&text, base);
	sa_cats(&text, "\n\nThe first uid of this home's accounts, a block "
	    "that postern-uids chose.\n");
	if (safefile_write("etc/uidbase", text.s, text.len, 0644, 0, 0) == -1)
		log_fatalsys(111, "unable to write etc/uidbase");
	sa_free(&text);
}

/* The base for the home we are in; 0 after a release. */
static unsigned long
settle(const char *registry, const char *home, bool release)
{
	struct uids_registry r;
	unsigned long base = 0;

	if (uids_registry_open(&r, registry, home) == -1)
		log_fatalsys(111, "unable to read or lock ", registry);
	if (!release) {
		mend(".");
		mend("etc");
		base = uids_pick(&r, home);
		if (!base)
			log_fatal(111, "no free block of uids; see ", registry,
			    ", /etc/passwd, /etc/subuid");
		write_base(base);
	}
	if (base != r.mine || release)
		if (uids_registry_write(&r, home, base) == -1)
			log_fatalsys(111, "unable to write ", registry);
	uids_registry_close(&r);
	return base;
}

static char *
enter(const char *path)
{
	char *home;

	if (chdir(path) == -1 || !(home = getcwd(NULL, 0)))
		log_fatalsys(111, "unable to enter ", path);
	if (strchr(home, '\n') || strlen(home) + 24 > SERVICE_LINE_MAX)
		log_fatal(100, "a home with such a name cannot be registered");
	if (access("etc", F_OK) == -1)
		log_fatal(100, path, " is not a home of Postern: it has no etc/");
	return home;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "release", no_argument, NULL, 'R' }, { NULL, 0, NULL, 0 } };
	const char *registry = SERVICE_REGISTRY, *what;
	bool release = false;
	unsigned long base;
	char *home;
	int c;

	log_program("postern-uids");
	umask(022);
	while ((c = getopt_long(argc, argv, "r:", options, NULL)) != -1) {
		if (c == 'R')
			release = true;
		else if (c == 'r')
			registry = optarg;
		else
			usage();
	}
	if (optind != argc - 1)
		usage();
	home = enter(argv[optind]);
	base = geteuid() == 0 ? settle(registry, home, release) : getuid();
	free(home);
	if (release)
		return 0;
	if (service_dirs_mend(&what) == -1)
		log_fatalsys(111, "unable to make or own ", what);
	if (puts(log_num(base)) == EOF)
		log_fatalsys(111, "unable to write");
	return 0;
}
