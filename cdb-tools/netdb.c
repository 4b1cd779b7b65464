/* SPDX-License-Identifier: ISC */
/* netdb - compiles etc/nets, the networks that may relay without a login.
 *
 * Runs as whoever calls it, with their rights: reads etc/nets, writes
 * cdb/relay/nets.cdb, which relayd sees at its next look-up. */
#include "admin/admin.h"

int
main(int argc, char **argv)
{
	return netdb_main(argc, argv);
}
