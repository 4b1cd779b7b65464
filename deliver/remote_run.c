/* SPDX-License-Identifier: ISC */
#include "deliver/remote_run.h"
#include <stdlib.h>
#include <string.h>
#include "deliver/remote_pending.h"
#include "lib/clock.h"
#include "lib/log.h"

/* A transaction's recipients and whom they stand for. */
struct batch {
	struct remote_run *run;
	struct smtp_recipient rcpts[SMTP_RECIPIENTS_MAX];
	struct remote_pending *of[SMTP_RECIPIENTS_MAX];
	unsigned n;
};

bool
remote_run_wants_more(const struct remote_run *run)
{
	return run->npending && run->ntried < RUN_TRIES_MAX &&
	       clock_boot_ms() < run->no_more_ms;
}

static void
settled(void *arg, struct smtp_recipient *r)
{
	struct batch *b = arg;

	b->run->heard = true;
	pending_answer(b->run, b->of[r - b->rcpts], &r->outcome,
	    b->run->kept->session.host);
}

/* The next recipients that this host has not been asked about. */
static void
fill(struct batch *b)
{
	struct remote_run *run = b->run;
	unsigned i;

	b->n = 0;
	for (i = 0; i < run->job->nrecipients && b->n < SMTP_RECIPIENTS_MAX;
	     i++) {
		if (run->pending[i].done || run->pending[i].asked)
			continue;
		b->of[b->n] = &run->pending[i];
		b->rcpts[b->n++].addr = run->pending[i].addr;
	}
}

static void
take_fates(struct batch *b)
{
	unsigned i;

	for (i = 0; i < b->n; i++) {
		b->of[i]->asked = b->rcpts[i].fate != SMTP_AGAIN;
		if (b->rcpts[i].fate == SMTP_SOFT) {
			pending_said(b->of[i], &b->rcpts[i].outcome,
			    b->run->kept->session.host);
			b->run->heard |= !b->rcpts[i].outcome.slow;
		} else if (b->rcpts[i].fate == SMTP_UNKNOWN) {
			pending_said(b->of[i], NULL, NULL);
		}
	}
}

/* All that are left, in as many transactions as it takes. */
static void
send_all(struct remote_run *run)
{
	static struct batch b;
	struct smtp_session *s = &run->kept->session;
	const struct remote_job *job = run->job;
	struct smtp_mail mail = { .sender = job->sender,
		.eightbit = job->eightbit,
		.fd = job->fd,
		.offset = job->offset,
		.size = job->size,
		.head = job->head,
		.head_len = job->head_len };
	unsigned i;
	int rc = 0;

	for (i = 0; i < job->nrecipients; i++)
		run->pending[i].asked = false;
	b.run = run;
	for (fill(&b); rc == 0 && b.n; fill(&b)) {
		rc = smtp_send(s, &mail, b.rcpts, b.n, settled, &b);
		take_fates(&b);
	}
	if (rc == -1)
		remote_run_fail(run, &s->failure, s->host);
}

static bool
may_do_without_tls(const struct smtp_session *s)
{
	return s->tls_failed && s->peer.tls == SMTP_TLS_MAY &&
	       !s->peer.account[0] && !s->peer.implicit_tls;
}

static int
open_session(struct remote_run *run, const struct smtp_peer *peer)
{
	struct smtp_session *s = &run->kept->session;
	struct smtp_peer plain;

	if (smtp_session_open(s, peer, &run->conf->settings) == 0)
		return 0;
	log_event("no-session", "id", run->job->id, "host", s->host, "status",
	    s->failure.status, "reason", s->failure.text);
	if (s->auth_failed)
		run->refused(run->arg, s);
	if (!may_do_without_tls(s))
		return -1;
	plain = *peer;
	plain.tls = SMTP_TLS_NONE;
	return smtp_session_open(s, &plain, &run->conf->settings);
}

static bool
is_same_place(const struct smtp_peer *a, const struct smtp_peer *b)
{
	return ip_equal(&a->ip, &b->ip) && a->port == b->port &&
	       strcmp(a->unix_path, b->unix_path) == 0;
}

/* Addresses that gave no connection lately, so that a dead host does not hold
 * up each job anew. */
static struct {
	struct smtp_peer peer;
	uint64_t until_ms;
} bad[RUN_BAD_MAX];

static void
mark_bad(const struct smtp_peer *peer, bool is_bad)
{
	unsigned i, at = 0;

	for (i = 0; i < RUN_BAD_MAX; i++) {
		if (is_same_place(&bad[i].peer, peer))
			break;
		if (bad[i].until_ms < bad[at].until_ms)
			at = i;
	}
	if (i < RUN_BAD_MAX)
		at = i;
	else if (!is_bad)
		return;
	bad[at].peer = *peer;
	bad[at].until_ms =
	    is_bad ? clock_boot_ms() + RUN_BAD_SECONDS * 1000ul : 0;
}

static bool
postpone(struct remote_run *run, const struct smtp_peer *peer)
{
	unsigned i;

	if (run->last_chance || run->npostponed == RUN_TRIES_MAX)
		return false;
	for (i = 0; i < RUN_BAD_MAX; i++)
		if (bad[i].until_ms > clock_boot_ms() &&
		    is_same_place(&bad[i].peer, peer)) {
			run->postponed[run->npostponed++] = *peer;
			return true;
		}
	return false;
}

static void
try_postponed(struct remote_run *run)
{
	unsigned i;

	run->last_chance = true;
	for (i = 0; i < run->npostponed && remote_run_wants_more(run); i++)
		remote_run_try(run, &run->postponed[i]);
}

void
remote_run_try(struct remote_run *run, const struct smtp_peer *peer)
{
	struct smtp_session *s = &run->kept->session;
	unsigned i;

	for (i = 0; i < run->ntried; i++)
		if (is_same_place(&run->tried[i], peer))
			return;
	if (postpone(run, peer))
		return;
	run->tried[run->ntried++] = *peer;
	smtp_session_quit(s);
	if (open_session(run, peer) == 0) {
		mark_bad(peer, false);
		send_all(run);
		return;
	}
	mark_bad(peer, strncmp(s->failure.status, "4.4.", 4) == 0);
	/* ourselves: a loop when we are the best host; else only the end */
	if (s->failure.class_ == 'N' && run->ntried + run->npostponed > 1)
		run->ntried = RUN_TRIES_MAX;
	else
		remote_run_fail(run, &s->failure, s->host);
}

void
remote_run_fail(
    struct remote_run *run, const struct smtp_outcome *o, const char *host)
{
	unsigned i;

	run->last = *o;
	strncpy(run->last_host, host, DELIVER_HOST_MAX);
	if (o->class_ != 'N')
		return;
	for (i = 0; i < run->job->nrecipients; i++)
		pending_answer(run, &run->pending[i], o, host);
}

/* The connection of the job before, where it leads to the right place. */
static void
try_kept(struct remote_run *run, const char *key)
{
	struct remote_kept *kept = run->kept;
	struct smtp_session *s = &kept->session;

	if (!smtp_session_is_open(s))
		return;
	if (strcmp(kept->key, key) != 0 ||
	    kept->generation != run->conf->generation ||
	    smtp_io_is_stale(&s->io)) {
		smtp_session_quit(s);
		return;
	}
	send_all(run);
	if (smtp_session_is_open(s))
		run->tried[run->ntried++] = s->peer;
}

static void
start(struct remote_run *run, const char *key)
{
	struct smtp_io *io = &run->kept->session.io;
	uint64_t now = clock_boot_ms();

	run->ntried = run->npostponed = run->slow = 0;
	run->last_chance = run->heard = false;
	run->slow_text[0] = 0;
	run->no_more_ms = now + RUN_JOB_SECONDS * 1000ul;
	run->last_host[0] = run->last_host[DELIVER_HOST_MAX] = 0;
	smtp_outcome_set(&run->last, 'T', "4.4.1", 0, "no host could be tried");
	io->cap_seconds = run->conf->timeout_cap;
	io->deadline_ms = now + RUN_LAST_SECONDS * 1000ul;
	pending_open(run, key);
}

void
remote_run(struct remote_run *run)
{
	char key[REMOTE_KEY_MAX + 1];
	struct remote_kept *kept = run->kept;

	remote_conf_key(key, run->conf, run->job->domain);
	start(run, key);
	if (run->conf->broken.len)
		smtp_outcome_set(
		    &run->last, 'L', "4.3.5", 0, run->conf->broken.s);
	else if (run->npending)
		try_kept(run, key);
	if (!run->conf->broken.len && run->npending) {
		remote_hosts_each(run);
		try_postponed(run);
	}
	pending_close(run);
	memcpy(kept->key, key, sizeof(key));
	kept->generation = run->conf->generation;
}
