/* SPDX-License-Identifier: ISC */
/* queuectl - shows and steers the queue.
 *
 * Runs as whoever starts it: root, or p-admin.  Speaks to run/queue/control, or
 * for a member of the admin group to run/admind; only "check", root's, reads
 * spool files itself, and none writes one. */
#include "admin/admin.h"
#include "lib/log.h"
#include "lib/service.h"
#include "queue/queuectl_check.h"

int
main(int argc, char **argv)
{
	struct queuectl_options o;

	log_program("queuectl");
	queuectl_options(&o, argc, argv);
	if (o.q.op != CONTROL_CHECK)
		return queuectl_main(argc, argv);
	service_home(o.home);
	return queuectl_check(&o);
}
