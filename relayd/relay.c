/* SPDX-License-Identifier: ISC */
#include "relayd/relay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "lib/clock.h"
#include "lib/log.h"

#define NETS_LOG_MS 60000

/* Whose budgets a yes is charged to: the address's, and another or none. */
struct charge {
	struct budget_key keys[2];
	const char *names[2]; /* for the log */
	int n;
};

static void
no(struct relayd_answer *an, char op, const char *reason)
{
	an->op = op;
	snprintf(an->v.reason, sizeof an->v.reason, "%s", reason);
}

static void
charge_of(struct charge *c, enum relayd_kind kind, const struct ip *masked,
    const char *mailbox)
{
	c->n = 1;
	c->names[0] = "ip";
	c->keys[0] = budgets_key_ip(masked);
	if (kind == RELAYD_NETWORK)
		return;
	c->names[c->n] = kind == RELAYD_RELAYCLIENT ? "shared" : "mailbox";
	c->keys[c->n++] = budgets_key_mailbox(kind == RELAYD_RELAYCLIENT ?
	    RELAY_SHARED_BUDGET : mailbox);
}

static uint64_t
budget_left(struct relay *r, const struct budget_key *key)
{
	uint64_t spent = budgets_spent(&r->budgets, key, relay_now_s(r));
	uint64_t budget = r->settings.value[SETTINGS_BUDGET];

	return spent < budget ? budget - spent : 0;
}

/* Recipients that all its budgets allow; used: the one that allows least. */
static uint64_t
charge_left(struct relay *r, const struct charge *c, int *used)
{
	uint64_t least = UINT64_MAX, left;
	int i;

	*used = 0;
	for (i = 0; i < c->n; i++) {
		left = budget_left(r, &c->keys[i]);
		if (left < least) {
			least = left;
			*used = i;
		}
	}
	return least;
}

static void
say_over(struct relay *r, const struct charge *c, int used,
    const struct ip *masked, const char *mailbox)
{
	char ip[IP_TEXT_SIZE];

	if (!budgets_say(&r->budgets, &c->keys[used], relay_now_s(r)))
		return;
	ip_format(ip, masked);
	log_event("over-budget", "of", c->names[used], "ip", ip, "mailbox",
	    *mailbox ? mailbox : NULL, "budget",
	    log_num(r->settings.value[SETTINGS_BUDGET]));
}

static void
say_denied(struct relay *r, const struct relayd_request *rq,
    const char *reason)
{
	char ip[IP_TEXT_SIZE];

	r->counts.denied++;
	if (r->now_ms / 1000 != r->denied_ms / 1000) {
		if (r->denied_lines > RELAY_DENIED_MAX)
			log_warn(log_num(r->denied_lines - RELAY_DENIED_MAX),
			    " more were denied in that second");
		r->denied_ms = r->now_ms;
		r->denied_lines = 0;
	}
	if (++r->denied_lines > RELAY_DENIED_MAX)
		return;
	ip_format(ip, &rq->ip);
	log_event("denied", "ip", ip, "reason", reason);
}

static void
say_no_nets(struct relay *r)
{
	if (r->nets_ms && r->now_ms - r->nets_ms < NETS_LOG_MS)
		return;
	r->nets_ms = r->now_ms;
	log_warnsys("unable to read ", NETS_CDB,
	    " (run netdb build); nobody may relay");
}

/* 1: allowed.  0: says nothing.  -1: an 'N' or 'T' is in the answer, unless
 * a token makes up for the denial. */
static int
ask_nets(struct relay *r, const struct ip *ip, struct relayd_answer *an)
{
	bool denied;
	int allowed = nets_lookup(&r->nets, ip, &denied);

	if (allowed == -1) {
		say_no_nets(r);
		no(an, 'T', "the networks cannot be read");
	} else if (denied) {
		no(an, 'N', "network is denied in etc/nets");
	}
	return allowed == -1 || denied ? -1 : allowed;
}

/* The window that lets this address relay: the sender's, or the latest. */
static const struct window *
window_for(struct relay *r, const struct ip *masked, const char *sender,
    bool *own)
{
	const struct window *w = NULL;

	if (*sender)
		w = windows_find(&r->windows, masked, sender);
	*own = w != NULL;
	return w ? w : windows_of_ip(&r->windows, masked);
}

static bool
token_holds(struct relay *r, const char *token, const struct ip *masked,
    struct seal_claim *claim, const char **why)
{
	*why = "no window is open";
	if (!*token)
		return false;
	if (!seal_check(claim, &r->seal, token, SEAL_TOKEN, r->now_ms,
	    RELAYD_AUTH_SECONDS, why))
		return false;
	*why = "token is of another address";
	return ip_equal(&claim->ip, masked);
}

/* Who says yes, into an->v.kind, mailbox and own; else 'N' or 'T'. */
static void
decide(struct relay *r, const struct relayd_request *rq,
    const struct ip *masked, struct relayd_answer *an)
{
	struct seal_claim claim;
	const struct window *w;
	const char *why;
	bool authed = token_holds(r, rq->token, masked, &claim, &why);
	int nets = ask_nets(r, &rq->ip, an);

	w = window_for(r, masked, rq->mailbox, &an->v.own);
	if (authed && *rq->mailbox && !strcmp(rq->mailbox, claim.mailbox))
		an->v.own = true;
	if (nets == -1 && (an->op == 'T' || !authed))
		return;
	an->op = 'Y';
	an->v.reason[0] = 0;
	if (nets == 1) {
		an->v.kind = RELAYD_NETWORK;
	} else if (nets == 0 && rq->relayclient) {
		an->v.kind = RELAYD_RELAYCLIENT;
	} else if (authed) {
		an->v.kind = RELAYD_AUTH;
		memcpy(an->v.mailbox, claim.mailbox, sizeof an->v.mailbox);
	} else if (w) {
		an->v.kind = RELAYD_WINDOW;
		windows_mailbox(an->v.mailbox, w);
	} else {
		no(an, 'N', why);
	}
}

void
relay_query(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an)
{
	struct ip masked = relay_mask(r, &rq->ip);
	struct charge c;
	int used;

	decide(r, rq, &masked, an);
	if (an->op != 'Y')
		return;
	if (rq->op == 'Q' && *rq->mailbox && an->v.kind == RELAYD_WINDOW &&
	    !an->v.own) {
		no(an, 'N', "no window of this mailbox on this address");
		return;
	}
	charge_of(&c, an->v.kind, &masked, an->v.mailbox);
	an->v.left = charge_left(r, &c, &used);
	if (rq->op == 'C' && !an->v.left) {
		r->counts.over_budget++;
		say_over(r, &c, used, &masked, an->v.mailbox);
	}
}

void
relay_check(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an)
{
	struct seal_claim claim = { .purpose = SEAL_GRANT };

	r->counts.checks++;
	relay_query(r, rq, an);
	if (an->op != 'Y') {
		say_denied(r, rq, an->v.reason);
		return;
	}
	claim.kind = an->v.kind;
	claim.ip = relay_mask(r, &rq->ip);
	memcpy(claim.mailbox, an->v.mailbox, sizeof claim.mailbox);
	seal_make(an->v.grant, &r->seal, &claim, r->now_ms);
}

void
relay_owns(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an)
{
	struct ip masked = relay_mask(r, &rq->ip);
	struct seal_claim claim;
	const char *why;

	if (windows_find(&r->windows, &masked, rq->mailbox) ||
	    (token_holds(r, rq->token, &masked, &claim, &why) &&
		!strcmp(claim.mailbox, rq->mailbox)))
		an->op = 'Y';
	else
		no(an, 'N', "no window of this mailbox on this address");
}

void
relay_auth(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an)
{
	struct seal_claim claim = { .purpose = SEAL_TOKEN,
		.kind = RELAYD_AUTH };

	claim.ip = relay_mask(r, &rq->ip);
	memcpy(claim.mailbox, rq->mailbox, sizeof claim.mailbox);
	seal_make(an->v.grant, &r->seal, &claim, r->now_ms);
	an->op = 'Y';
}

static void
spend(struct relay *r, const struct charge *c, uint64_t n,
    struct relayd_answer *an)
{
	uint32_t now = relay_now_s(r);
	int i;

	for (i = 0; i < c->n; i++)
		if (budgets_spend(&r->budgets, &c->keys[i], now, 0, n) == -1) {
			no(an, 'T', "too many senders in this hour");
			log_warn("more addresses and mailboxes than ",
			    log_num(BUDGETS_MAX), " have sent in this hour");
			return;
		}
	journal_spent(&r->journal, &c->keys[0], c->n > 1 ? &c->keys[1] : NULL,
	    0, (uint32_t)n);
	an->op = 'Y';
}

void
relay_redeem(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an)
{
	struct seal_claim claim;
	struct charge c;
	const char *why;
	uint64_t left;
	int used;

	if (!seal_check(&claim, &r->seal, rq->token, SEAL_GRANT, r->now_ms,
	    RELAYD_GRANT_SECONDS, &why)) {
		r->counts.refused++;
		log_event("grant-refused", "reason", why);
		no(an, 'N', why);
		return;
	}
	an->v.kind = claim.kind;
	ip_format(an->v.ip, &claim.ip);
	memcpy(an->v.mailbox, claim.mailbox, sizeof an->v.mailbox);
	charge_of(&c, claim.kind, &claim.ip, claim.mailbox);
	left = charge_left(r, &c, &used);
	if (rq->n > left) {
		r->counts.over_budget++;
		say_over(r, &c, used, &claim.ip, claim.mailbox);
		no(an, 'B', used ? "over the mailbox's budget of this hour" :
		    "over the address's budget of this hour");
		return;
	}
	spend(r, &c, rq->n, an);
	if (an->op != 'Y')
		return;
	r->counts.redeemed++;
	log_event("redeemed", "kind", relayd_kind_name(claim.kind), "ip",
	    an->v.ip, "mailbox", *claim.mailbox ? claim.mailbox : NULL,
	    "recipients", log_num(rq->n), "left", log_num(left - rq->n));
}
