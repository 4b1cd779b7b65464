/* SPDX-License-Identifier: ISC */
/* mailboxd - serves POP3 clients whom pop3d has logged in.
 *
 * Runs as p-mail, serving run/mailboxd for authd, which brings each login with the
 * connection of the pop3d that asked.  Of an empty mailbox that pop3d gets the lock
 * and keeps its client; for any other a child is forked, which takes the client from
 * pop3d and confines itself to that one mailbox: Landlock, and a filter without
 * sockets, connecting, executing and forking.  A kernel without Landlock is refused:
 * one account holds all mailboxes. */
#include <sodium.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/service_filters.h"
#include "pop3d/master.h"

#define LANDLOCK_VERSION_FLAG 1u

int
main(int argc, char **argv)
{
	const struct confine_filter *filter;
	struct service sv;

	log_program("mailboxd");
	service_start(&sv, "mailboxd", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: mailboxd [-C home] [-d fd]");
	if (syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_VERSION_FLAG) < 1)
		log_fatalsys(100, "this kernel has no Landlock, and mailboxd "
				  "does not serve without it (boot with "
				  "lsm=landlock,...)");
	if (sodium_init() == -1)
		log_fatal(111, "unable to start libsodium");
	filter = service_filter(sv.row, SERVICE_FILTER_CHILD);
	master_signals();
	service_enter(&sv);
	service_ready(&sv);
	return master_run(&sv, filter);
}
