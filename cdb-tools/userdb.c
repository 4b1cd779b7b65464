/* SPDX-License-Identifier: ISC */
/* userdb - mailboxes and their passwords.
 *
 * Runs as whoever calls it, with their rights: writes etc/users and what is
 * made of it in cdb/, tells relayd to close windows.  The only program that
 * makes passwords; it prints each once and keeps none. */
#include "admin/admin.h"

int
main(int argc, char **argv)
{
	return userdb_main(argc, argv);
}
