/* SPDX-License-Identifier: ISC */
#include "deliver/remote_worker.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "deliver/remote_run.h"
#include "lib/log.h"
#include "lib/sock.h"

#define ANSWER_SIZE 4096 /* bytes of a packet we send */

struct worker {
	int conn;
	uint64_t job;
	bool lost; /* queued has gone */
	struct remote_conf *conf;
	struct remote_kept kept;
};

static volatile sig_atomic_t is_stopping;

static void
stop(int sig)
{
	(void)sig;
	is_stopping = 1;
	if (!smtp_in_doubt)
		_exit(0);
	alarm(SMTP_DOUBT_SECONDS);
}

void
remote_worker_signals(void)
{
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = stop }, NULL);
	signal(SIGALRM, SIG_DFL);
}

static void
reply(struct worker *w, const char *buf, long len)
{
	if (len == -1 ||
	    sock_send(w->conn, buf, (size_t)len, NULL, 0, WORKER_SEND_MS) == -1)
		w->lost = true;
}

static void
result(
    void *arg, unsigned index, const struct smtp_outcome *o, const char *host)
{
	struct worker *w = arg;
	char buf[ANSWER_SIZE];

	reply(w, buf,
	    remote_result_put(buf, sizeof(buf), w->job, index, o, host));
}

static void
refused(void *arg, const struct smtp_session *s)
{
	struct worker *w = arg;
	char buf[ANSWER_SIZE];

	reply(w, buf, remote_refused_put(buf, sizeof(buf), w->job, s));
}

static void
where(struct worker *w, const char *wire, size_t len)
{
	char domain[ADDR_DOMAIN_MAX + 1], key[REMOTE_KEY_MAX + 1];
	char buf[ANSWER_SIZE];

	if (remote_where_scan(domain, wire, len) == -1) {
		log_warn("broken request");
		w->lost = true;
		return;
	}
	remote_conf_refresh(w->conf);
	remote_conf_key(key, w->conf, domain);
	reply(w, buf, remote_key_put(buf, sizeof(buf), key));
}

static void
deliver(
    struct worker *w, const char *wire, size_t len, const int *fds, int nfds)
{
	struct remote_job job;
	struct remote_run run = { .conf = w->conf,
		.job = &job,
		.kept = &w->kept,
		.answer = result,
		.refused = refused,
		.arg = w };
	char buf[ANSWER_SIZE];

	if (remote_job_scan(&job, wire, len, fds, nfds) == -1) {
		log_warnsys("broken request");
		w->lost = true;
		return;
	}
	w->job = job.job;
	remote_conf_refresh(w->conf);
	remote_run(&run);
	reply(w, buf,
	    remote_end_put(buf, sizeof(buf), job.job, run.slow,
		run.slow_text));
	remote_job_free(&job);
}

/* Waits for the next packet; an SMTP connection that is kept meanwhile ends
 * when its server or the time says so. */
static void
idle(struct worker *w)
{
	struct pollfd p[2] = { { .fd = w->conn, .events = POLLIN },
		{ .fd = w->kept.session.io.fd, .events = POLLIN } };
	int n;

	if (!smtp_session_is_open(&w->kept.session))
		return;
	do {
		n = poll(p, 2, WORKER_IDLE_SECONDS * 1000);
	} while (n == -1 && errno == EINTR);
	if (!p[0].revents)
		smtp_session_quit(&w->kept.session);
}

static void
one_packet(struct worker *w)
{
	static char wire[DELIVER_MSG_MAX];
	int fds[2], nfds = 0;
	ssize_t n;

	/* without a limit: queued closes what it does not need */
	n = sock_recv(w->conn, wire, sizeof(wire), fds, 2, &nfds, -1);
	if (n <= 0)
		w->lost = true;
	else if (wire[0] == 'W' && nfds == 0)
		where(w, wire, (size_t)n);
	else
		deliver(w, wire, (size_t)n, fds, nfds);
	while (nfds > 0)
		close(fds[--nfds]);
}

int
remote_worker(int conn, struct remote_conf *conf)
{
	static struct worker w;

	w.conn = conn;
	w.conf = conf;
	w.kept.session.io.fd = -1;
	while (!w.lost && !is_stopping) {
		idle(&w);
		one_packet(&w);
	}
	smtp_session_quit(&w.kept.session);
	return 0;
}
