/* SPDX-License-Identifier: ISC */
#include "deliver/remote_pending.h"
#include <stdlib.h>
#include <string.h>
#include "lib/addr.h"
#include "lib/log.h"

struct remote_said {
	struct smtp_outcome outcome;
	char host[DELIVER_HOST_MAX + 1];
};

/* Of an address: "" when it has none. */
static void
domain_of(char out[ADDR_DOMAIN_MAX + 1], const char *addr)
{
	size_t len = strlen(addr), at = addr_at(addr, len), i;

	out[0] = 0;
	if (at == len || len - at - 1 > ADDR_DOMAIN_MAX)
		return;
	for (i = 0; addr[at + 1 + i]; i++) {
		out[i] = addr[at + 1 + i];
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] |= 32;
	}
	out[i] = 0;
}

/* true: it may be sent where key leads. */
static bool
check(struct remote_run *run, struct remote_pending *p, const char *key)
{
	char domain[ADDR_DOMAIN_MAX + 1], own[REMOTE_KEY_MAX + 1];
	struct smtp_outcome o;
	const char *why;

	if (addr_check(p->addr, strlen(p->addr), &why) != 1) {
		smtp_outcome_set(&o, 'N', "5.1.3", 0, "not an address: ", why);
		pending_answer(run, p, &o, "");
		return false;
	}
	domain_of(domain, p->addr);
	if (strcmp(domain, run->job->domain) == 0)
		return true;
	remote_conf_key(own, run->conf, domain);
	if (strcmp(own, key) == 0)
		return true;
	smtp_outcome_set(&o, 'L', "4.3.5", 0, "the routes have changed");
	pending_answer(run, p, &o, "");
	return false;
}

void
pending_open(struct remote_run *run, const char *key)
{
	const char *s = run->job->recipients, *why;
	struct smtp_outcome o;
	unsigned i;

	run->npending = run->job->nrecipients;
	run->pending = calloc(run->npending, sizeof(*run->pending));
	if (!run->pending)
		log_fatal(111, "out of memory");
	for (i = 0; i < run->job->nrecipients; i++, s += strlen(s) + 1) {
		run->pending[i].addr = s;
		run->pending[i].index = i;
	}
	for (i = 0; i < run->job->nrecipients; i++)
		check(run, &run->pending[i], key);
	if (run->job->sender[0] &&
	    addr_check(run->job->sender, strlen(run->job->sender), &why) != 1) {
		smtp_outcome_set(
		    &o, 'N', "5.1.7", 0, "the sender is not an address: ", why);
		remote_run_fail(run, &o, "");
	}
}

void
pending_answer(struct remote_run *run, struct remote_pending *p,
    const struct smtp_outcome *o, const char *host)
{
	if (p->done)
		return;
	p->done = true;
	run->npending--;
	run->answer(run->arg, p->index, o, host);
}

void
pending_said(
    struct remote_pending *p, const struct smtp_outcome *o, const char *host)
{
	if (!o) {
		free(p->said);
		p->said = NULL;
		return;
	}
	if (!p->said)
		p->said = calloc(1, sizeof(*p->said));
	if (!p->said)
		return; /* the host's failure will have to do */
	p->said->outcome = *o;
	strncpy(p->said->host, host, DELIVER_HOST_MAX);
}

static void
note_slow(struct remote_run *run, const struct smtp_outcome *o)
{
	if (run->heard || o->slow <= run->slow)
		return;
	run->slow = o->slow;
	strcpy(run->slow_text, o->text);
}

void
pending_close(struct remote_run *run)
{
	struct remote_pending *p;
	unsigned i;

	for (i = 0; i < run->job->nrecipients; i++) {
		p = &run->pending[i];
		if (!p->done && p->said) {
			note_slow(run, &p->said->outcome);
			pending_answer(
			    run, p, &p->said->outcome, p->said->host);
		} else if (!p->done) {
			note_slow(run, &run->last);
			pending_answer(run, p, &run->last, run->last_host);
		}
		free(p->said);
	}
	free(run->pending);
	run->pending = NULL;
}
