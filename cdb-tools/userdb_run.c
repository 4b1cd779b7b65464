/* SPDX-License-Identifier: ISC */
/* The commands of userdb(8). */
#include <sodium.h>
#include "admin/admin.h"
#include "cdb-tools/tool.h"
#include "cdb-tools/users_app.h"
#include "cdb-tools/users_edit.h"
#include "cdb-tools/users_list.h"
#include "cdb-tools/users_show.h"
#include "lib/log.h"

#define EXTRAS_MAX 16 /* login=, quota=, messages= on one command line */

#define USAGE                                                                  \
	"userdb [-C HOME] [--json] "                                           \
	"[--hash HASH] add NAME [login=ADDRESS] [quota=SIZE] [messages=N] | "  \
	"[--keep-apps] passwd NAME | app add NAME LABEL [PROTOCOLS] | "        \
	"app remove NAME LABEL | app list NAME | set NAME [login=ADDRESS] "    \
	"[quota=SIZE] [messages=N] | unset NAME [login=ADDRESS] [quota] "      \
	"[messages] | disable NAME | enable NAME | [--force] [--purge] remove NAME | list | "              \
	"report [PREFIX] | check | build | verify NAME | --json -"

static const char *const changes[] = { "add", "passwd", "app", "set", "unset",
	"disable", "enable", "remove", "build", NULL };
static const struct admin_key keys[] = { { "mailbox", ADMIN_WORD },
	{ "prefix", ADMIN_WORD }, { "label", ADMIN_WORD },
	{ "protocols", ADMIN_WORD }, { "login", ADMIN_PAIR },
	{ "quota", ADMIN_PAIR },
	{ "messages", ADMIN_PAIR }, { "hash", ADMIN_OPTION },
	{ "force", ADMIN_FLAG }, { "purge", ADMIN_FLAG },
	{ "keep-apps", ADMIN_FLAG }, { NULL, 0 } };
static const struct admin_tool who = { "userdb", changes, keys };

/* The words behind "app". */
static int
app(const struct tool *t)
{
	struct tool sub = *t;

	sub.argc--;
	sub.argv++;
	if (sub.argc < 1)
		tool_usage(t);
	if (tool_is(&sub, "add", 2, 3))
		return users_app_add(t, sub.argv[1], sub.argv[2],
		    sub.argc == 4 ? sub.argv[3] : "");
	else if (tool_is(&sub, "remove", 2, 2))
		users_app_remove(sub.argv[1], sub.argv[2]);
	else if (tool_is(&sub, "list", 1, 1))
		return users_app_list(t, sub.argv[1]);
	else
		tool_usage(t);
	return tool_done(t);
}

int
userdb_main(int argc, char **argv)
{
	struct tool t;

	tool_start(&t, &who, USAGE, argc, argv);
	if (sodium_init() == -1)
		log_fatal(111, "no source of random numbers");
	if (tool_is(&t, "build", 0, 0))
		users_build();
	else if (tool_is(&t, "add", 1, EXTRAS_MAX))
		return users_add(&t, t.argv[1], t.argv + 2, t.argc - 2);
	else if (tool_is(&t, "passwd", 1, 1))
		return users_passwd(&t, t.argv[1]);
	else if (tool_is(&t, "app", 1, 4))
		return app(&t);
	else if (tool_is(&t, "disable", 1, 1))
		users_disable(t.argv[1]);
	else if (tool_is(&t, "enable", 1, 1))
		users_enable(t.argv[1]);
	else if (tool_is(&t, "remove", 1, 1))
		users_remove(t.argv[1], t.force, t.purge);
	else if (tool_is(&t, "list", 0, 0))
		return users_list(&t);
	else if (tool_is(&t, "report", 0, 1))
		return users_report(&t, t.argv[1]);
	else if (tool_is(&t, "set", 2, EXTRAS_MAX))
		users_set(t.argv[1], t.argv + 2, t.argc - 2, true);
	else if (tool_is(&t, "unset", 2, EXTRAS_MAX))
		users_set(t.argv[1], t.argv + 2, t.argc - 2, false);
	else if (tool_is(&t, "check", 0, 0))
		return users_check(&t);
	else if (tool_is(&t, "verify", 1, 1))
		users_verify(t.argv[1]);
	else
		tool_usage(&t);
	return tool_done(&t);
}
