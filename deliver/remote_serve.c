/* SPDX-License-Identifier: ISC */
#include "deliver/remote_serve.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "deliver/remote_worker.h"
#include "deliver/workers.h"
#include "lib/log.h"
#include "lib/service_rest.h"

/* Read before a fork: the workers begin with it, and a mistake in a file is
 * logged when it is made, not once by each of them. */
static struct remote_conf conf;

/* In the worker; it goes when its parent goes. */
static int
child(struct service *sv, int conn, pid_t parent)
{
	close(sv->listeners[0]);
	remote_worker_signals();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return getppid() == parent ? remote_worker(conn, &conf) : 0;
}

static void
serve(struct service *sv, const sigset_t *normal)
{
	int conn = service_accept(sv, 0, 0, NULL);
	pid_t parent = getpid();

	if (conn == -1)
		return;
	remote_conf_refresh(&conf);
	if (workers_fork(conn, REMOTE_WORKERS_MAX, normal) == 0)
		_exit(child(sv, conn, parent));
}

int
remote_serve(struct service *sv)
{
	struct pollfd p = { .fd = sv->listeners[0], .events = POLLIN };
	sigset_t normal;
	int n;

	workers_start(&normal);
	remote_conf_refresh(&conf);
	service_rest();
	for (;;) {
		n = ppoll(&p, workers_now() < REMOTE_WORKERS_MAX ? 1 : 0, NULL,
		    &normal);
		if (n == -1 && errno != EINTR)
			log_fatalsys(111, "unable to poll");
		workers_reap();
		if (n > 0)
			serve(sv, &normal);
	}
}
