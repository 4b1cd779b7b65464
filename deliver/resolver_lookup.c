/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_lookup.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include "deliver/resolver_question.h"
#include "deliver/resolver_rdata.h"

static uint32_t
draw(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		n = 0;
	return n;
}

void
question_ask(struct lookup *l, const char *name, int type, unsigned host,
    void (*got)(void *arg, const struct dns_answer *answer))
{
	struct question *q;

	if (l->nquestions == LOOKUP_QUESTIONS_MAX)
		return;
	q = &l->questions[l->nquestions++];
	q->lookup = l;
	q->host = host;
	q->dns = dns_ask(name, type, got, q);
	if (q->dns)
		l->pending++;
	else
		l->seen_temp = l->fault = true;
}

static void
note(struct lookup *l, const struct dns_answer *a)
{
	if (a->status == RESOLVER_TEMP || a->status == RESOLVER_DOWN)
		l->seen_temp = true;
	if (a->status == RESOLVER_DOWN)
		l->fault = true;
	if (a->status == RESOLVER_BOGUS)
		l->seen_bogus = true;
	if (a->status == RESOLVER_NXDOMAIN)
		l->seen_nxdomain = true;
	if (!a->secure) {
		l->hosts.secure = false;
		l->list.secure = false;
	}
}

enum resolver_status
lookup_without_addresses(const struct lookup *l)
{
	if (l->seen_temp)
		return RESOLVER_TEMP;
	if (l->seen_bogus)
		return RESOLVER_BOGUS;
	if (l->seen_nxdomain && l->req.op == 'A')
		return RESOLVER_NXDOMAIN;
	return RESOLVER_NODATA;
}

/* IPv6 before IPv4, otherwise as the DNS had them. */
static void
order_addresses(struct resolver_host *h)
{
	struct ip sorted[RESOLVER_ADDRS_MAX] = { 0 };
	unsigned i, n = 0;

	for (i = 0; i < h->naddrs; i++)
		if (!ip_is_v4(&h->addrs[i]))
			sorted[n++] = h->addrs[i];
	for (i = 0; i < h->naddrs; i++)
		if (ip_is_v4(&h->addrs[i]))
			sorted[n++] = h->addrs[i];
	memcpy(h->addrs, sorted, n * sizeof(*sorted));
}

static void
finish_hosts(struct lookup *l)
{
	struct resolver_answer *a = &l->hosts;
	unsigned i, n = 0;

	if (a->status != RESOLVER_FOUND)
		return;
	for (i = 0; i < a->nhosts; i++) {
		order_addresses(&a->hosts[i]);
		n += a->hosts[i].naddrs;
	}
	if (n == 0)
		a->status = lookup_without_addresses(l);
}

void
lookup_finish(struct lookup *l)
{
	unsigned i;

	if (l->finished)
		return;
	l->finished = true;
	for (i = 0; i < l->nquestions; i++)
		if (l->questions[i].dns)
			dns_forget(l->questions[i].dns);
	finish_hosts(l);
	lookup_finish_list(l);
	l->done(l->arg, l);
}

struct lookup *
question_settle(struct question *q, const struct dns_answer *answer)
{
	q->dns = NULL;
	q->lookup->pending--;
	note(q->lookup, answer);
	return q->lookup;
}

static void
got_address(void *arg, const struct dns_answer *answer)
{
	struct question *q = arg;
	struct lookup *l = question_settle(q, answer);
	struct resolver_host *h = &l->hosts.hosts[q->host];
	unsigned i;

	if (answer->status == RESOLVER_FOUND)
		for (i = 0; answer->data[i] && h->naddrs < RESOLVER_ADDRS_MAX;
		     i++)
			h->naddrs += (unsigned)rdata_address(
			    &h->addrs[h->naddrs], (uint8_t *)answer->data[i],
			    (size_t)answer->len[i]);
	if (l->pending == 0)
		lookup_finish(l);
}

static void
ask_addresses(struct lookup *l)
{
	unsigned i;

	for (i = 0; i < l->hosts.nhosts; i++) {
		question_ask(
		    l, l->hosts.hosts[i].name, DNS_TYPE_AAAA, i, got_address);
		question_ask(
		    l, l->hosts.hosts[i].name, DNS_TYPE_A, i, got_address);
	}
	if (l->pending == 0)
		lookup_finish(l);
}

static void
only_host(struct lookup *l)
{
	l->hosts.status = RESOLVER_FOUND;
	l->hosts.nhosts = 1;
	l->hosts.hosts[0].preference = 0;
	snprintf(
	    l->hosts.hosts[0].name, RESOLVER_NAME_MAX + 1, "%s", l->req.name);
	ask_addresses(l);
}

/* The usable hosts of MX records, best first.  RFC 7505: a lone "." means that
 * the domain takes no mail. */
static enum resolver_status
take_mx(struct resolver_answer *a, const struct dns_answer *answer)
{
	struct resolver_host hosts[LOOKUP_MX_MAX];
	unsigned i, n = 0, roots = 0;

	for (i = 0; answer->data[i] && n < LOOKUP_MX_MAX; i++) {
		if (rdata_mx(&hosts[n], (uint8_t *)answer->data[i],
			(size_t)answer->len[i]) != 1)
			continue;
		if (!hosts[n].name[0])
			roots++;
		else if (strcmp(hosts[n].name, "localhost") != 0)
			n++;
	}
	if (n == 0)
		return roots == 1 && i == 1 ? RESOLVER_NULLMX : RESOLVER_NODATA;
	rdata_sort_hosts(hosts, n, draw);
	a->nhosts = n < RESOLVER_HOSTS_MAX ? n : RESOLVER_HOSTS_MAX;
	memcpy(a->hosts, hosts, a->nhosts * sizeof(*hosts));
	return RESOLVER_FOUND;
}

static void
got_mx(void *arg, const struct dns_answer *answer)
{
	struct lookup *l = question_settle(arg, answer);

	l->seen_temp = l->seen_bogus = l->seen_nxdomain = false;
	l->hosts.status = answer->status;
	if (answer->status == RESOLVER_NODATA) {
		only_host(l);
		return;
	}
	if (answer->status == RESOLVER_FOUND)
		l->hosts.status = take_mx(&l->hosts, answer);
	if (l->hosts.status == RESOLVER_FOUND)
		ask_addresses(l);
	else
		lookup_finish(l);
}

static void
launch(struct lookup *l)
{
	if (l->req.op == 'A') {
		only_host(l); /* may have ended it */
		return;
	}
	if (l->req.op == 'M')
		question_ask(l, l->req.name, DNS_TYPE_MX, 0, got_mx);
	else
		lookup_list(l);
	if (l->pending == 0)
		lookup_finish(l);
}

struct lookup *
lookup_new(const struct resolver_request *req,
    void (*done)(void *arg, struct lookup *l), void *arg)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->req = *req;
	l->done = done;
	l->arg = arg;
	l->hosts.status = l->list.status = RESOLVER_TEMP;
	l->hosts.secure = l->list.secure = true;
	return l;
}

void
lookup_start(struct lookup *l)
{
	size_t len = strlen(l->req.name);

	if (len && l->req.name[len - 1] == '.')
		l->req.name[len - 1] = 0;
	if (l->req.op != 'P' && !rdata_is_host(l->req.name)) {
		l->hosts.status = l->list.status = RESOLVER_NXDOMAIN;
		lookup_finish(l);
		return;
	}
	launch(l);
}

void
lookup_hurry(struct lookup *l)
{
	if (l->pending) {
		l->seen_temp = true;
		l->fault |= dns_trouble() == RESOLVER_DOWN;
		l->hosts.secure = l->list.secure = false;
	}
	lookup_finish(l);
}

long
lookup_answer(const struct lookup *l, char *buf, size_t size)
{
	bool hosts = l->req.op == 'M' || l->req.op == 'A';
	enum resolver_status s = hosts ? l->hosts.status : l->list.status;

	if (s == RESOLVER_DOWN || (s == RESOLVER_TEMP && l->fault))
		return -1;
	return hosts ? resolver_hosts_put(buf, size, &l->hosts)
		     : resolver_list_put(buf, size, &l->list);
}

void
lookup_free(struct lookup *l)
{
	free(l);
}
