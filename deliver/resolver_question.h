/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_RESOLVER_QUESTION_H
#define DELIVER_RESOLVER_QUESTION_H

/* What resolver_lookup.c (mail hosts and addresses) and resolver_list.c (names
 * and TLSA records) share: a lookup and its DNS questions. */
#include "deliver/resolver_dns.h"
#include "deliver/resolver_lookup.h"

struct question {
	struct lookup *lookup;
	unsigned host; /* index into the answer's hosts, or into the names */
	struct dns_question *dns;
};

struct lookup {
	struct resolver_request req;
	struct resolver_answer hosts; /* of M and A */
	struct resolver_list list;    /* of P and L */
	struct question questions[LOOKUP_QUESTIONS_MAX];
	unsigned nquestions, pending;
	bool seen_temp, seen_bogus, seen_nxdomain; /* by addresses */
	bool fault; /* of our own: no answer is better than TEMP */
	bool confirmed[RESOLVER_ITEMS_MAX];
	bool finished;
	void (*done)(void *arg, struct lookup *l);
	void *arg;
};

/* Asks; got comes later, with the question as arg, unless the lookup ends. */
void question_ask(struct lookup *l, const char *name, int type, unsigned host,
    void (*got)(void *arg, const struct dns_answer *answer));
/* First in every got: the question is answered, the lookup it belongs to. */
struct lookup *question_settle(
    struct question *q, const struct dns_answer *answer);
void lookup_finish(struct lookup *l);
/* What no address at all means. */
enum resolver_status lookup_without_addresses(const struct lookup *l);

/* resolver_list.c */
void lookup_list(struct lookup *l);
void lookup_finish_list(struct lookup *l);

#endif
