/* SPDX-License-Identifier: ISC */
/* queued - takes messages, keeps them on disk, has them delivered.
 *
 * Runs as p-queue, the sole writer of queue/, serving run/queue/smtp, inject
 * and control.  It opens no network socket and starts no program; it reads the
 * compiled aliases only to tell which domains are ours.  Relaying needs a grant
 * that relayd redeems: the word of smtpd is not enough. */
#include <errno.h>
#include <signal.h>
#include "lib/log.h"
#include "lib/service.h"
#include "queue/control.h"
#include "queue/intake.h"
#include "queue/loop.h"
#include "queue/own_fds.h"
#include "queue/round.h"
#include "queue/session.h"
#include "queue/spool_dirs.h"
#include "queue/spool_io.h"
#include "queue/start.h"
#include "queue/turn.h"
#include "queue/work.h"

int
main(int argc, char **argv)
{
	struct service sv;

	log_program("queued");
	service_start(&sv, "queued", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: queued [-C home] [-d fd]");
	if (own_fds_open() == -1)
		log_fatalsys(111, "unable to open /proc/self/fd");
	service_enter(&sv);
	signal(SIGIO, SIG_IGN); /* a lease that is broken */
	schedule_refresh(&round_schedule);
	if (spool_dirs_open() == -1)
		log_fatalsys(111, errno == EWOULDBLOCK
			? "another queued has queue/lock"
			: "unable to open queue/ (it belongs to p-queue)");
	if (loop_open() == -1 || pool_open() == -1 || spool_io_start() == -1 ||
	    work_start() == -1 || intake_start() == -1)
		log_fatalsys(111, "unable to start threads");
	if (start_scan() == -1 || session_listen(&sv) == -1 ||
	    control_listen(&sv) == -1)
		log_fatalsys(111, "unable to serve");
	service_ready(&sv);
	for (;;)
		turn();
}
