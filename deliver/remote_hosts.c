/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "deliver/remote_run.h"
#include "deliver/resolver_proto.h"
#include "lib/log.h"

#define IPV6_TAG "IPv6:"

static struct resolver_answer answer; /* large; one at a time */

static void
fail(struct remote_run *run, char class_, const char *status, const char *text)
{
	struct smtp_outcome o;

	smtp_outcome_set(&o, class_, status,
	    class_ == 'T' ? SMTP_SLOW_SECONDS : 0, run->job->domain, ": ",
	    text);
	remote_run_fail(run, &o, "");
}

static void
dns_trouble(struct remote_run *run, enum resolver_status status)
{
	if (status == RESOLVER_DOWN)
		fail(run, 'L', "4.3.0", "resolver is down");
	else if (status == RESOLVER_BOGUS)
		fail(
		    run, 'T', "4.4.3", "DNSSEC says that the answer is forged");
	else
		fail(run, 'T', "4.4.3", "the DNS gives no answer");
}

/* Addresses that no mail host of a stranger can have. */
static bool
is_nowhere(const struct ip *ip)
{
	static const struct ip none;

	if (ip_is_loopback(ip) || ip_equal(ip, &none))
		return true;
	if (ip_is_v4(ip))
		return ip->b[12] == 0 || ip->b[12] >= 224;
	return ip->b[0] == 0xff;
}

/* Those before our own name; we would only send to ourselves from there on. */
static unsigned
better_than_us(const struct remote_run *run)
{
	unsigned i, j;

	for (i = 0; i < answer.nhosts; i++)
		if (strcasecmp(answer.hosts[i].name, run->conf->me.s) == 0)
			break;
	if (i == answer.nhosts)
		return i;
	for (j = 0; j < i; j++)
		if (answer.hosts[j].preference >= answer.hosts[i].preference)
			break;
	return j;
}

static bool
try_mx_host(struct remote_run *run, const struct resolver_host *h)
{
	struct smtp_peer peer = {
		.port = run->conf->mx_port, .by_mx = true, .tls = SMTP_TLS_MAY
	};
	bool any = false;
	unsigned i;

	memcpy(peer.name, h->name, sizeof(peer.name));
	for (i = 0; i < h->naddrs; i++) {
		if (is_nowhere(&h->addrs[i]) && !run->conf->mx_loopback)
			continue;
		any = true;
		if (!remote_run_wants_more(run))
			break;
		peer.ip = h->addrs[i];
		remote_run_try(run, &peer);
	}
	return any;
}

static void
try_mx_hosts(struct remote_run *run)
{
	unsigned i, n = better_than_us(run), naddrs = 0;
	bool any = false;

	if (n == 0) {
		fail(run, 'N', "5.4.6",
		    "its best mail host is this machine, "
		    "which does not take mail for it (loop)");
		return;
	}
	for (i = 0; i < n; i++) {
		naddrs += answer.hosts[i].naddrs;
		any |= try_mx_host(run, &answer.hosts[i]);
	}
	if (naddrs == 0)
		fail(run, 'T', "4.4.3",
		    "its mail hosts' addresses cannot be "
		    "found now");
	else if (!any)
		fail(run, 'N', "5.4.4",
		    "its mail hosts have no address on "
		    "the Internet");
}

static void
try_mx(struct remote_run *run)
{
	resolver_ask(&answer, 'M', run->job->domain);
	switch (answer.status) {
	case RESOLVER_FOUND:
		try_mx_hosts(run);
		break;
	case RESOLVER_NULLMX:
		fail(run, 'N', "5.1.10", "the domain takes no mail (null MX)");
		break;
	case RESOLVER_NXDOMAIN:
		fail(run, 'N', "5.1.2", "there is no such domain");
		break;
	case RESOLVER_NODATA:
		fail(run, 'N', "5.4.4", "the domain has no mail host");
		break;
	default:
		dns_trouble(run, answer.status);
	}
}

/* [192.0.2.1] or [IPv6:2001:db8::1]. */
static void
try_literal(struct remote_run *run)
{
	struct resolver_host h = { .naddrs = 1 };
	char text[IP_TEXT_SIZE + sizeof(IPV6_TAG)];
	const char *s = run->job->domain + 1;
	size_t len = strlen(s);

	snprintf(h.name, sizeof(h.name), "%.*s", RESOLVER_NAME_MAX,
	    run->job->domain);
	if (len && s[len - 1] == ']' && len < sizeof(text)) {
		memcpy(text, s, len - 1);
		text[len - 1] = 0;
		s = text;
		if (strncasecmp(s, IPV6_TAG, strlen(IPV6_TAG)) == 0)
			s += strlen(IPV6_TAG);
		if (ip_parse(&h.addrs[0], s) == 1) {
			if (!try_mx_host(run, &h))
				fail(run, 'N', "5.4.4",
				    "no address on the "
				    "Internet");
			return;
		}
	}
	fail(run, 'N', "5.1.2", "not an address");
}

static void
try_named(struct remote_run *run, const struct remote_dest *dest)
{
	struct smtp_peer peer = dest->peer;
	struct smtp_outcome o;
	unsigned i;

	resolver_ask(&answer, 'A', peer.name);
	if (answer.status == RESOLVER_NXDOMAIN ||
	    answer.status == RESOLVER_NODATA) {
		log_event("no-address", "id", run->job->id, "host", peer.name,
		    "reason", "see etc/smarthosts and etc/routes");
		smtp_outcome_set(&o, 'L', "4.3.5", 0, peer.name,
		    " of etc/smarthosts or etc/routes has no address");
		remote_run_fail(run, &o, "");
		return;
	}
	if (answer.status != RESOLVER_FOUND) {
		dns_trouble(run, answer.status);
		return;
	}
	for (i = 0; i < answer.hosts[0].naddrs; i++) {
		if (!remote_run_wants_more(run))
			return;
		peer.ip = answer.hosts[0].addrs[i];
		remote_run_try(run, &peer);
	}
}

static void
try_dests(struct remote_run *run, const struct remote_dest *dests, unsigned n)
{
	unsigned i;

	for (i = 0; i < n && remote_run_wants_more(run); i++) {
		if (dests[i].has_ip || dests[i].peer.unix_path[0])
			remote_run_try(run, &dests[i].peer);
		else
			try_named(run, &dests[i]);
	}
}

void
remote_hosts_each(struct remote_run *run)
{
	const struct remote_routes *r = &run->conf->routes;
	const struct remote_route *route;

	if (run->job->domain[0] == '[') {
		try_literal(run);
		return;
	}
	route = remote_routes_find(r, run->job->domain);
	if (route && !route->dests[0].mx)
		try_dests(run, route->dests, route->ndests);
	else if (!route && r->nsmarthosts)
		try_dests(run, r->smarthosts, r->nsmarthosts);
	else
		try_mx(run);
}
