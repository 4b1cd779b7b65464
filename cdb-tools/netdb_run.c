/* SPDX-License-Identifier: ISC */
/* The commands of netdb(8). */
#include "admin/admin.h"
#include "cdb-tools/nets_run.h"

#define USAGE "netdb [-C HOME] [--json] check | build | query ADDRESS | --json -"

static const char *const changes[] = { "build", NULL };
static const struct admin_key keys[] = { { "address", ADMIN_WORD },
	{ NULL, 0 } };
static const struct admin_tool who = { "netdb", changes, keys,
	false };

int
netdb_main(int argc, char **argv)
{
	struct tool t;

	tool_start(&t, &who, USAGE, argc, argv);
	if (tool_is(&t, "build", 0, 0))
		nets_build();
	else if (tool_is(&t, "check", 0, 0))
		return nets_check(&t);
	else if (tool_is(&t, "query", 1, 1))
		return nets_query(&t, t.argv[1]);
	else
		tool_usage(&t);
	return tool_done(&t);
}
