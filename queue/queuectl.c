/* SPDX-License-Identifier: ISC */
/* queuectl - shows and steers the queue.
 *
 * Runs as whoever starts it: root, or p-admin.  Speaks to run/queue/control;
 * it reads no spool file itself. */
#include "lib/log.h"
#include "lib/service.h"
#include "queue/queuectl_options.h"
#include "queue/queuectl_run.h"

int
main(int argc, char **argv)
{
	struct queuectl_options o;

	log_program("queuectl");
	queuectl_options(&o, argc, argv);
	service_home(o.home);
	return queuectl_run(&o);
}
