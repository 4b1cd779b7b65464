/* SPDX-License-Identifier: ISC */
/* The commands of aliasdb(8). */
#include <string.h>
#include "admin/admin.h"
#include "cdb-tools/alias_build.h"
#include "cdb-tools/alias_show.h"
#include "lib/log.h"

#define USAGE                                                                  \
	"aliasdb [-C HOME] [--json] add ADDRESS TARGET | remove ADDRESS | "    \
	"list | check | diff | build | explain ADDRESS | who MAILBOX | "       \
	"--json -"

static const char *const changes[] = { "add", "remove", "build", NULL };
static const struct admin_key keys[] = { { "address", ADMIN_WORD },
	{ "target", ADMIN_WORD }, { "mailbox", ADMIN_WORD }, { NULL, 0 } };
static const struct admin_tool who = { "aliasdb", changes, keys,
	false };

int
aliasdb_main(int argc, char **argv)
{
	struct tool t;

	tool_start(&t, &who, USAGE, argc, argv);
	if (tool_is(&t, "build", 0, 0))
		alias_build();
	else if (tool_is(&t, "add", 2, 2))
		alias_add(t.argv[1], t.argv[2]);
	else if (tool_is(&t, "remove", 1, 1))
		alias_remove(t.argv[1]);
	else if (tool_is(&t, "check", 0, 0))
		return alias_check(&t);
	else if (tool_is(&t, "list", 0, 0))
		return alias_show_list(&t);
	else if (tool_is(&t, "diff", 0, 0))
		return alias_show_diff(&t);
	else if (tool_is(&t, "explain", 1, 1))
		return alias_show_explain(&t, t.argv[1]);
	else if (tool_is(&t, "who", 1, 1))
		return alias_show_who(&t, t.argv[1]);
	else
		tool_usage(&t);
	return tool_done(&t);
}
