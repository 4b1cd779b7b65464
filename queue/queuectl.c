/* SPDX-License-Identifier: ISC */
/* queuectl - shows and steers the queue.
 *
 * Runs as whoever starts it: root, or p-admin.  Speaks to run/queue/control;
 * only "check", root's, reads spool files itself, and none writes one. */
#include "lib/log.h"
#include "lib/service.h"
#include "queue/queuectl_check.h"
#include "queue/queuectl_options.h"
#include "queue/queuectl_run.h"

int
main(int argc, char **argv)
{
	struct queuectl_options o;

	log_program("queuectl");
	queuectl_options(&o, argc, argv);
	service_home(o.home);
	return o.q.op == CONTROL_CHECK ? queuectl_check(&o) : queuectl_run(&o);
}
