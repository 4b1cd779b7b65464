/* SPDX-License-Identifier: ISC */
/* deliver-remote - sends messages to other hosts by SMTP and LMTP.
 *
 * Runs as p-remote, serving run/deliver/remote to queued alone; asks resolver,
 * and tlsd for TLS.  Reads etc/ and messages that come as descriptors; it can
 * see neither the queue nor a mailbox, and writes nothing.  One process a
 * connection of queued's. */
#include "deliver/remote_serve.h"
#include "lib/log.h"
#include "lib/service.h"

int
main(int argc, char **argv)
{
	struct service sv;

	log_program("deliver-remote");
	service_start(&sv, "deliver-remote", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: deliver-remote [-C home] [-d fd]");
	service_enter(&sv);
	service_ready(&sv);
	return remote_serve(&sv);
}
