/* SPDX-License-Identifier: ISC */
/* relayctl - lists, opens, closes and asks about relay windows.
 *
 * Runs as whoever starts it: root, or p-admin.  Speaks to
 * run/relayd/control, or for a member of the admin group to run/admind. */
#include "admin/admin.h"

int
main(int argc, char **argv)
{
	return relayctl_main(argc, argv);
}
