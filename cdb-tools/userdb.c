/* SPDX-License-Identifier: ISC */
/* userdb - mailboxes and their passwords.
 *
 * Runs as whoever calls it, with their rights: writes etc/users and what is
 * made of it in cdb/, tells relayd to close windows.  The only program that
 * makes passwords; it prints each once and keeps none. */
#include <sodium.h>
#include "cdb-tools/tool.h"
#include "cdb-tools/users_edit.h"
#include "cdb-tools/users_show.h"
#include "lib/log.h"

#define EXTRAS_MAX 16 /* login= and quota= on one command line */

#define USAGE                                                                  \
	"userdb [-C HOME] [--json] [--force] "                                 \
	"add NAME [login=ADDRESS] [quota=SIZE] | passwd NAME | "               \
	"disable NAME | enable NAME | remove NAME | list | check | build | "   \
	"verify NAME"

int
main(int argc, char **argv)
{
	struct tool t;

	tool_start(&t, "userdb", USAGE, argc, argv);
	if (sodium_init() == -1)
		log_fatal(111, "no source of random numbers");
	if (tool_is(&t, "build", 0, 0))
		users_build();
	else if (tool_is(&t, "add", 1, EXTRAS_MAX))
		users_add(t.argv[1], t.argv + 2, t.argc - 2);
	else if (tool_is(&t, "passwd", 1, 1))
		users_passwd(t.argv[1]);
	else if (tool_is(&t, "disable", 1, 1))
		users_disable(t.argv[1]);
	else if (tool_is(&t, "enable", 1, 1))
		users_enable(t.argv[1]);
	else if (tool_is(&t, "remove", 1, 1))
		users_remove(t.argv[1], t.force);
	else if (tool_is(&t, "list", 0, 0))
		return users_list(&t);
	else if (tool_is(&t, "check", 0, 0))
		return users_check(&t);
	else if (tool_is(&t, "verify", 1, 1))
		return users_verify(t.argv[1]);
	else
		tool_usage(&t);
	return 0;
}
