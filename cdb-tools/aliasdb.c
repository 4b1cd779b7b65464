/* SPDX-License-Identifier: ISC */
/* aliasdb - compiles the addresses, and explains where mail goes.
 *
 * Runs as whoever calls it, with their rights: writes etc/aliases and
 * cdb/public/aliases.cdb, reads the texts of etc/.  Opens no socket. */
#include "admin/admin.h"

int
main(int argc, char **argv)
{
	return aliasdb_main(argc, argv);
}
