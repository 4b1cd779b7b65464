/* SPDX-License-Identifier: ISC */
#ifndef RELAYD_RELAYCTL_H
#define RELAYD_RELAYCTL_H

/* The commands of relayctl(8). */
#include <stdbool.h>

#define RELAYCTL_USAGE                                                         \
	"usage: relayctl [-C HOME] [--json] list | open ADDRESS MAILBOX "      \
	"[SECONDS] | close ADDRESS|MAILBOX | check ADDRESS [MAILBOX]"

/* argv[0] is the command.  The exit code: 0, 1 (no), 100, 111. */
int relayctl_run(int argc, char **argv, bool json);

#endif
