/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_dns.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unbound.h>
#include <unistd.h>
#include "deliver/resolver_ctx.h"
#include "lib/log.h"

#define CLASS_IN       1
#define RCODE_OK       0
#define RCODE_NXDOMAIN 3

struct dns_question {
	void (*done)(void *arg, const struct dns_answer *answer);
	void *arg;
	struct dns_question *prev, *next; /* all that are under way */
};

static struct ub_ctx *ctx;
static struct dns_question *questions;
static unsigned nquestions;

/* libunbound takes more memory than all else here, and who sends by a smarthost
 * hardly needs it: it starts at the first question, unless there is a root key
 * that it should have a look at now. */
void
dns_open(void)
{
	char why[CONF_WHY_SIZE];
	struct resolver_conf conf;

	resolver_conf_system();
	(void)resolver_conf_changed();
	if (resolver_conf_read(&conf, why) == -1 ||
	    (conf.validate && !(ctx = resolver_ctx_make(why))))
		log_fatal(100, why);
}

/* The old context's questions will never be answered. */
static void
give_up_all(void)
{
	struct dns_answer none = { .status = RESOLVER_DOWN };
	struct dns_question *q, *next = questions;

	questions = NULL;
	nquestions = 0;
	while ((q = next)) {
		next = q->next;
		if (q->done)
			q->done(q->arg, &none);
		free(q);
	}
}

bool
dns_reopen(void)
{
	static bool said;
	bool changed = resolver_conf_changed();
	char why[CONF_WHY_SIZE];
	struct ub_ctx *c, *old;

	if (ctx && !changed)
		return false;
	c = resolver_ctx_make(why);
	if (!c) {
		if (changed || !said)
			log_warn(why, ctx ? "; what was in force before stays"
					  : "");
		said = true;
		return false;
	}
	old = ctx;
	ctx = c;
	if (old) {
		ub_ctx_delete(old);
		give_up_all();
		log_event("reload", "reason",
		    "etc/dns or etc/dnssec has changed");
	}
	return true;
}

int
dns_fd(void)
{
	return ctx ? ub_fd(ctx) : -1;
}

void
dns_process(void)
{
	ub_process(ctx);
}

/* Without a socket to ask by, no answer says nothing of the DNS. */
enum resolver_status
dns_trouble(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return RESOLVER_DOWN;
	close(fd);
	return RESOLVER_TEMP;
}

static enum resolver_status
judge(int err, const struct ub_result *r)
{
	if (err == UB_SERVFAIL)
		return dns_trouble();
	if (err || !r)
		return RESOLVER_DOWN; /* libunbound's: memory, mostly */
	if (r->bogus)
		return RESOLVER_BOGUS;
	if (r->havedata && r->data && r->data[0])
		return RESOLVER_FOUND;
	if (r->rcode == RCODE_NXDOMAIN)
		return RESOLVER_NXDOMAIN;
	return r->rcode == RCODE_OK ? RESOLVER_NODATA : dns_trouble();
}

static void
link_question(struct dns_question *q)
{
	q->next = questions;
	if (questions)
		questions->prev = q;
	questions = q;
	nquestions++;
}

static void
unlink_question(struct dns_question *q)
{
	if (q->next)
		q->next->prev = q->prev;
	if (q->prev)
		q->prev->next = q->next;
	else
		questions = q->next;
	nquestions--;
}

static void
arrived(void *arg, int err, struct ub_result *r)
{
	struct dns_question *q = arg;
	struct dns_answer answer = { .status = judge(err, r) };

	unlink_question(q);
	if (r) {
		answer.secure = r->secure;
		answer.data = r->data;
		answer.len = r->len;
	}
	if (q->done)
		q->done(q->arg, &answer);
	ub_resolve_free(r);
	free(q);
}

struct dns_question *
dns_ask(const char *name, int type,
    void (*done)(void *arg, const struct dns_answer *answer), void *arg)
{
	struct dns_question *q;

	if (!ctx || nquestions >= DNS_QUESTIONS_MAX)
		return NULL;
	q = calloc(1, sizeof(*q));
	if (!q)
		return NULL;
	q->done = done;
	q->arg = arg;
	if (ub_resolve_async(ctx, name, type, CLASS_IN, q, arrived, NULL)) {
		free(q);
		return NULL;
	}
	link_question(q);
	return q;
}

/* The answer still goes into libunbound's cache. */
void
dns_forget(struct dns_question *q)
{
	q->done = NULL;
}
