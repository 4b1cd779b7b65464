/* SPDX-License-Identifier: ISC */
/* netdb - compiles etc/nets, the networks that may relay without a login.
 *
 * Runs as whoever calls it, with their rights: reads etc/nets, writes
 * cdb/relay/nets.cdb, which relayd sees at its next look-up. */
#include "cdb-tools/nets_run.h"

#define USAGE "netdb [-C HOME] [--json] check | build | query ADDRESS"

int
main(int argc, char **argv)
{
	struct tool t;

	tool_start(&t, "netdb", USAGE, argc, argv);
	if (tool_is(&t, "build", 0, 0))
		nets_build();
	else if (tool_is(&t, "check", 0, 0))
		return nets_check(&t);
	else if (tool_is(&t, "query", 1, 1))
		return nets_query(&t, t.argv[1]);
	else
		tool_usage(&t);
	return 0;
}
