/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_dns.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>
#include "lib/ip.h"
#include "lib/log.h"

#define CLASS_IN       1
#define RCODE_OK       0
#define RCODE_NXDOMAIN 3
#define RECORD_SIZE    400 /* bytes of "name. A address", NUL included */

struct dns_question {
	void (*done)(void *arg, const struct dns_answer *answer);
	void *arg;
};

static struct ub_ctx *ctx;
static unsigned nquestions;

/* Small caches (the whole suite shall stay small), and no special treatment of
 * names that a private name server may well serve. */
static const struct {
	const char *name, *value;
} options[] = {
	{ "do-not-query-localhost:", "no" },
	{ "msg-cache-size:", "1m" },
	{ "rrset-cache-size:", "2m" },
	{ "key-cache-size:", "256k" },
	{ "neg-cache-size:", "256k" },
	{ "infra-cache-numhosts:", "1000" },
	/* a server that came back is asked again soon */
	{ "infra-host-ttl:", "60" },
	{ "infra-keep-probing:", "yes" },
	{ "outgoing-range:", "64" },
	{ "num-queries-per-thread:", "512" },
	{ "cache-max-negative-ttl:", "300" },
	{ "unblock-lan-zones:", "yes" },
	{ "insecure-lan-zones:", "yes" },
};

static void
set_options(void)
{
	size_t i;
	int e;

	for (i = 0; i < sizeof(options) / sizeof(*options); i++) {
		e = ub_ctx_set_option(ctx, options[i].name, options[i].value);
		if (e)
			log_warn("libunbound does not take ", options[i].name,
			    " ", options[i].value, ": ", ub_strerror(e));
	}
}

static void
add_anchor(void *arg, char *line, unsigned number)
{
	unsigned *n = arg;

	line[strcspn(line, ";")] = 0;
	if (!*line)
		return;
	if (ub_ctx_add_ta(ctx, line) == 0)
		(*n)++;
	else
		log_warn("line ", log_num(number),
		    " of the DNSSEC root key is no DS or DNSKEY record");
}

/* Without a key nothing is secure, and DANE is not used: no mail is lost. */
static void
add_anchors(void)
{
	unsigned n = 0;

	if (conf_each_line("etc/dnssec-root.key", add_anchor, &n) == 0)
		conf_each_line("/usr/share/dns/root.key", add_anchor, &n);
	if (n == 0)
		log_warn(
		    "etc/dnssec says yes, but there is no root key in "
		    "etc/dnssec-root.key or /usr/share/dns/root.key (package "
		    "dns-root-data): answers are not validated");
}

/* One "address name name..." line: the names' other types (MX) still come from
 * the DNS, so not ub_ctx_hosts, which takes the whole name. */
static void
add_hosts(void *arg, char *line, unsigned number)
{
	char record[RECORD_SIZE], text[IP_TEXT_SIZE], *name, *save = NULL;
	struct ip ip;

	(void)arg;
	if (number > CONF_HOSTS_LINES_MAX)
		return;
	name = strtok_r(line, " \t", &save);
	if (!name || ip_parse(&ip, name) != 1)
		return;
	ip_format(text, &ip);
	while ((name = strtok_r(NULL, " \t", &save))) {
		if (strlen(name) > RESOLVER_NAME_MAX ||
		    strcasecmp(name, "localhost") == 0)
			continue;
		ub_ctx_zone_add(ctx, name, "typetransparent");
		snprintf(record, sizeof(record), "%s %s %s", name,
		    ip_is_v4(&ip) ? "A" : "AAAA", text);
		ub_ctx_data_add(ctx, record);
	}
}

void
dns_open(const struct resolver_conf *conf)
{
	unsigned i;
	int e;

	ctx = ub_ctx_create();
	if (!ctx)
		log_fatal(111, "unable to start libunbound: out of memory");
	set_options();
	for (i = 0; i < conf->nforwarders; i++)
		if ((e = ub_ctx_set_fwd(ctx, conf->forwarders[i])))
			log_fatal(111, "libunbound does not take ",
			    conf->forwarders[i], ": ", ub_strerror(e));
	if (conf->validate)
		add_anchors();
	ub_ctx_debugout(ctx, NULL); /* it would wait for a full log */
	ub_ctx_async(ctx, 1);
	/* the options end here: this starts the context up */
	e = ub_ctx_zone_remove(ctx, "test.");
	if (e)
		log_fatal(100, "libunbound does not start: ", ub_strerror(e),
		    conf->validate ? "; is etc/dnssec-root.key (or "
				     "/usr/share/dns/root.key) a file of DS or "
				     "DNSKEY records?"
				   : "");
	ub_ctx_zone_remove(ctx, "home.arpa.");
	conf_each_line("/etc/hosts", add_hosts, NULL);
}

int
dns_fd(void)
{
	return ub_fd(ctx);
}

void
dns_process(void)
{
	ub_process(ctx);
}

static enum resolver_status
judge(int err, const struct ub_result *r)
{
	if (err || !r)
		return RESOLVER_TEMP;
	if (r->bogus)
		return RESOLVER_BOGUS;
	if (r->havedata && r->data && r->data[0])
		return RESOLVER_FOUND;
	if (r->rcode == RCODE_NXDOMAIN)
		return RESOLVER_NXDOMAIN;
	return r->rcode == RCODE_OK ? RESOLVER_NODATA : RESOLVER_TEMP;
}

static void
arrived(void *arg, int err, struct ub_result *r)
{
	struct dns_question *q = arg;
	struct dns_answer answer = { .status = judge(err, r) };

	nquestions--;
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

	if (nquestions >= DNS_QUESTIONS_MAX)
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
	nquestions++;
	return q;
}

/* The answer still goes into libunbound's cache. */
void
dns_forget(struct dns_question *q)
{
	q->done = NULL;
}
