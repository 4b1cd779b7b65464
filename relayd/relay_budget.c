/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include "lib/log.h"
#include "relayd/relay.h"

void
relay_no(struct relayd_answer *an, char op, const char *reason)
{
	an->op = op;
	snprintf(an->v.reason, sizeof an->v.reason, "%s", reason);
}

void
relay_charge_of(struct relay_charge *c, enum relayd_kind kind, const struct ip *masked,
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
	uint64_t budget = settings_now(&r->settings, SETTINGS_BUDGET);

	if (!budget) /* none */
		return RELAYD_UNLIMITED;
	return spent < budget ? budget - spent : 0;
}

uint64_t
relay_charge_left(struct relay *r, const struct relay_charge *c, int *used)
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

void
relay_say_over(struct relay *r, const struct relay_charge *c, int used,
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
spend(struct relay *r, const struct relay_charge *c, uint64_t n,
    struct relayd_answer *an)
{
	uint32_t now = relay_now_s(r);
	int i;

	for (i = 0; i < c->n; i++)
		if (budgets_spend(&r->budgets, &c->keys[i], now, 0, n) == -1) {
			relay_no(an, 'T', "too many senders in this hour");
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
	struct relay_charge c;
	const char *why;
	uint64_t left;
	int used, held;

	held = seal_check(&claim, &r->seal, rq->token, SEAL_GRANT, r->now_ms,
	    RELAYD_GRANT_SECONDS, &why);
	if (held != 1) {
		r->counts.refused++;
		log_event("grant-refused", "reason", why);
		relay_no(an, held == 0 ? 'T' : 'N', why);
		return;
	}
	an->v.kind = claim.kind;
	ip_format(an->v.ip, &claim.ip);
	memcpy(an->v.mailbox, claim.mailbox, sizeof an->v.mailbox);
	relay_charge_of(&c, claim.kind, &claim.ip, claim.mailbox);
	left = relay_charge_left(r, &c, &used);
	if (rq->n > left) {
		r->counts.over_budget++;
		relay_say_over(r, &c, used, &claim.ip, claim.mailbox);
		relay_no(an, 'B', used ? "over the mailbox's budget of this hour" :
		    "over the address's budget of this hour");
		return;
	}
	spend(r, &c, rq->n, an);
	if (an->op != 'Y')
		return;
	r->counts.redeemed++;
	log_event("redeemed", "kind", relayd_kind_name(claim.kind), "ip",
	    an->v.ip, "mailbox", *claim.mailbox ? claim.mailbox : NULL,
	    "recipients", log_num(rq->n), "left",
	    left == RELAYD_UNLIMITED ? NULL : log_num(left - rq->n));
}
