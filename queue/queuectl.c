/* SPDX-License-Identifier: ISC */
/* queuectl - shows and steers the queue.
 *
 * Runs as whoever starts it: root, or p-admin.  Speaks to run/queue/control, or
 * for a member of the admin group to run/admind; it reads no spool file itself.
 */
#include "admin/admin.h"

int
main(int argc, char **argv)
{
	return queuectl_main(argc, argv);
}
