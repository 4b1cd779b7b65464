/* SPDX-License-Identifier: ISC */
/* relayctl - lists, opens, closes and asks about relay windows.
 *
 * Runs as whoever starts it: root, or p-admin.  Speaks to
 * run/relayd/control. */
#include "relayd/relayctl.h"

#include <getopt.h>
#include "lib/log.h"
#include "lib/service.h"

static const struct option longs[] = { { "json", no_argument, NULL, 'j' },
	{ 0 } };

int
main(int argc, char **argv)
{
	const char *home = NULL;
	bool json = false;
	int c;

	log_program("relayctl");
	while ((c = getopt_long(argc, argv, "C:j", longs, NULL)) != -1) {
		if (c == 'C')
			home = optarg;
		else if (c == 'j')
			json = true;
		else
			log_fatal(100, RELAYCTL_USAGE);
	}
	service_home(home);
	return relayctl_run(argc - optind, argv + optind, json);
}
