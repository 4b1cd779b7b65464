/* SPDX-License-Identifier: ISC */
/* queue-inject - a drop-in for qmail-queue: message on fd 0, envelope on fd 1.
 *
 * Runs as whoever starts it, with no right of its own; it speaks to queued over
 * run/queue/inject, which any local account may. */
#include <getopt.h>
#include "lib/log.h"
#include "lib/service.h"
#include "queue/inject_qmail.h"

int
main(int argc, char **argv)
{
	const char *home = NULL;
	int opt;

	log_program("queue-inject");
	while ((opt = getopt(argc, argv, "C:")) != -1) {
		if (opt != 'C')
			log_fatal(100, "usage: queue-inject [-C home]");
		home = optarg;
	}
	service_home(home);
	return inject_qmail();
}
