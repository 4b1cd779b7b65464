/* SPDX-License-Identifier: ISC */
/* postern-import - carries customers over from another mail system.
 *
 * Runs as whoever calls it; root, as a rule, since it reads others' mail.  Says
 * what it would do, and does it with --apply.  Opens no socket, starts no
 * program, follows no link below the folder it reads. */
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "admin/admin.h"
#include "cdb-tools/import_apply.h"
#include "cdb-tools/import_readers.h"
#include "lib/log.h"
#include "lib/service.h"

#define USAGE                                                                  \
	"postern-import [-C HOME] [--apply] [--move] [--prefix NAME] "         \
	"vpopmail|vmailmgr|postfix|cpanel FOLDER [ARGUMENT]..."

static const struct {
	const char *name;
	void (*read)(struct import *im, char **args, int n);
} kinds[] = {
	{ "vpopmail", import_vpopmail },
	{ "vmailmgr", import_vmailmgr },
	{ "postfix", import_postfix },
	{ "cpanel", import_cpanel },
};

static const char *const changes[] = { "vpopmail", "vmailmgr", "postfix",
	"cpanel", NULL };
static const struct admin_tool who = { .name = "postern-import",
	.changes = changes };

static void
usage(void)
{
	log_info("usage: " USAGE);
	_exit(100);
}

/* -C, then the other options.  Paths are from where we were called. */
static bool
options(struct import *im, const char **home, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "apply", no_argument, NULL, 'a' },
		{ "move", no_argument, NULL, 'm' },
		{ "prefix", required_argument, NULL, 'p' },
		{ 0 },
	};
	bool apply = false;
	int c;

	while ((c = getopt_long(argc, argv, "C:", longs, NULL)) != -1) {
		if (c == 'C')
			*home = optarg;
		else if (c == 'a')
			apply = true;
		else if (c == 'm')
			im->move = true;
		else if (c == 'p' && *optarg)
			im->prefix = optarg;
		else
			usage();
	}
	return apply;
}

int
main(int argc, char **argv)
{
	struct import im = { 0 };
	const char *home = NULL;
	bool apply;
	size_t i;

	log_program("postern-import");
	opterr = 0;
	apply = options(&im, &home, argc, argv);
	argv += optind;
	argc -= optind;
	for (i = 0; argc >= 2 && i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(argv[0], kinds[i].name))
			break;
	if (argc < 2 || i == sizeof kinds / sizeof *kinds)
		usage();
	if (sodium_init() == -1)
		log_fatal(111, "no source of random numbers");
	im.root = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (im.root == -1)
		log_fatalsys(100, "unable to open ", argv[1]);
	umask(077);
	service_home(home);
	tool_lock();
	import_start(&im);
	kinds[i].read(&im, argv + 2, argc - 2);
	import_settle(&im);
	import_stage(&im);
	if (apply) {
		admin_audit(&who, argv[0], argc + 1, argv - 1);
		import_apply(&im);
	}
	for (i = 0; !apply && i < im.boxes.map.n; i++)
		import_mail_look(&im, &im.box[i]);
	import_report(&im, apply);
	import_free(&im);
	return 0;
}
