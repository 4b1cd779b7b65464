/* SPDX-License-Identifier: ISC */
#include "relayd/relay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "lib/clock.h"
#include "lib/log.h"

#define NETS_LOG_MS 60000

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
		relay_no(an, 'T', "the networks cannot be read: "
		    "netdb build");
	} else if (denied) {
		relay_no(an, 'N', "network is denied in etc/nets");
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

/* 1; 0: none, or not for this address; -1: void, its holder must log in again.
 */
static int
token_holds(struct relay *r, const char *token, const struct ip *masked,
    struct seal_claim *claim, const char **why)
{
	*why = "no window is open";
	if (!*token)
		return 0;
	if (seal_check(claim, &r->seal, token, SEAL_TOKEN, r->now_ms,
	    RELAYD_AUTH_SECONDS, why) != 1)
		return -1;
	*why = "token is of another address";
	return ip_equal(&claim->ip, masked);
}

/* Who says yes, into an->v.kind, mailbox and own; else 'N', 'V' or 'T'. */
static void
decide(struct relay *r, const struct relayd_request *rq,
    const struct ip *masked, struct relayd_answer *an)
{
	struct seal_claim claim;
	const struct window *w;
	const char *why;
	int token = token_holds(r, rq->token, masked, &claim, &why);
	bool authed = token == 1;
	int nets = ask_nets(r, &rq->ip, an);

	w = window_for(r, masked, rq->mailbox, &an->v.own);
	if (authed && *rq->mailbox && !strcmp(rq->mailbox, claim.mailbox))
		an->v.own = true;
	if (nets == -1 && an->op == 'T')
		return;
	if (token == -1) { /* whatever its address may: it acts as a mailbox */
		relay_no(an, 'V', why);
		return;
	}
	if (nets == -1 && !authed)
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
		relay_no(an, 'N', why);
	}
}

void
relay_query(struct relay *r, const struct relayd_request *rq,
    struct relayd_answer *an)
{
	struct ip masked = relay_mask(r, &rq->ip);
	struct relay_charge c;
	int used;

	decide(r, rq, &masked, an);
	if (an->op != 'Y')
		return;
	if (rq->op == 'Q' && *rq->mailbox && an->v.kind == RELAYD_WINDOW &&
	    !an->v.own) {
		relay_no(an, 'N', "no window of this mailbox on this address");
		return;
	}
	relay_charge_of(&c, an->v.kind, &masked, an->v.mailbox);
	an->v.left = relay_charge_left(r, &c, &used);
	if (rq->op == 'C' && !an->v.left) {
		r->counts.over_budget++;
		relay_say_over(r, &c, used, &masked, an->v.mailbox);
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
	int token = token_holds(r, rq->token, &masked, &claim, &why);

	if (windows_find(&r->windows, &masked, rq->mailbox) ||
	    (token == 1 && !strcmp(claim.mailbox, rq->mailbox)))
		an->op = 'Y';
	else if (token == -1)
		relay_no(an, 'V', why);
	else
		relay_no(an, 'N', "no window of this mailbox on this address");
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
