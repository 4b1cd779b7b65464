/* SPDX-License-Identifier: ISC */
/* relayd - says who may relay, and counts what they relay.
 *
 * Runs as p-relay, confined to cdb/relay, etc and log/relayd, serving
 * run/relayd/.  It opens no network socket, calls no other daemon and starts no
 * program.  Checking, opening, spending and steering are four sockets, each
 * for its own callers (conf-services). */
#include <malloc.h>
#include <sodium.h>
#include "lib/log.h"
#include "lib/service.h"
#include "relayd/journal_sync.h"
#include "relayd/relayd_serve.h"

int
main(int argc, char **argv)
{
	static struct relayd_server server;
	static struct relay relay;
	unsigned char boot_id[JOURNAL_BOOT_SIZE];
	struct service sv;

	service_start(&sv, "relayd", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: relayd [-C HOME] [-d FD]");
	mallopt(M_ARENA_MAX, 1);
	if (sodium_init() == -1)
		log_fatal(111, "unable to start libsodium");
	if (journal_boot_id(boot_id) == -1)
		log_warnsys("unable to read the boot's id: "
		    "windows are restored by the wall clock");
	service_enter(&sv);
	relay_init(&relay, boot_id);
	relay.journal.sync = journal_sync_start();
	if (!relay.journal.sync)
		log_warnsys("no thread: the journal is not fsynced");
	if (relayd_serve_init(&server, &relay, &sv) == -1)
		log_fatalsys(111, "unable to serve run/relayd");
	service_ready(&sv);
	for (;;)
		relayd_serve(&server);
}
