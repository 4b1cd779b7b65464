/* SPDX-License-Identifier: ISC */
/* deliver-local - puts mail into Maildirs.
 *
 * Runs as p-mail, confined to mail/ (writing) and cdb/public (reading).  Each
 * connection from queued is a worker process of its own that takes jobs in
 * batches; each connection from smtpd asks whether a mailbox has room.  It
 * opens no network socket and starts no program. */
#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>
#include "deliver/local_job.h"
#include "deliver/local_key.h"
#include "deliver/workers.h"
#include "lib/log.h"
#include "lib/service.h"

#define WORKERS_MAX 200 /* processes */

enum { LOCAL, USAGE };

/* A worker's connection belongs to it alone: accepted, then forked away. */
static void
serve(struct service *sv, int which, const sigset_t *normal)
{
	uid_t uid;
	int conn = service_accept(sv, which, 0, &uid);

	if (conn == -1 || workers_fork(conn, WORKERS_MAX, normal) != 0)
		return;
	close(sv->listeners[LOCAL]);
	close(sv->listeners[USAGE]);
	_exit(which == LOCAL ? local_work(conn) : local_usage(conn, uid));
}

int
main(int argc, char **argv)
{
	struct service sv;
	struct pollfd p[2];
	sigset_t normal;
	int i, n;

	log_program("deliver-local");
	service_start(&sv, "deliver-local", argc, argv);
	if (sv.argi != argc)
		log_fatal(100, "usage: deliver-local [-C home] [-d fd]");
	workers_start(&normal);
	tzset(); /* the days of replies; the file is out of reach below */
	service_enter(&sv);
	local_key_load();
	service_ready(&sv);
	for (i = 0; i < 2; i++)
		p[i] = (struct pollfd){ sv.listeners[i], POLLIN, 0 };
	for (;;) {
		n = ppoll(p, 2, NULL, &normal);
		if (n == -1 && errno != EINTR)
			log_fatalsys(111, "unable to poll");
		workers_reap();
		for (i = 0; n > 0 && i < 2; i++)
			if (p[i].revents)
				serve(&sv, i, &normal);
	}
}
