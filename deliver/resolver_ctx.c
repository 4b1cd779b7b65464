/* SPDX-License-Identifier: ISC */
#include "deliver/resolver_ctx.h"
#include <stdio.h>
#include <string.h>
#include <unbound.h>
#include "deliver/resolver_proto.h"
#include "lib/ip.h"
#include "lib/log.h"

#define RECORD_SIZE 400 /* bytes of "name. A address", NUL included */

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
set_options(struct ub_ctx *c)
{
	size_t i;
	int e;

	for (i = 0; i < sizeof(options) / sizeof(*options); i++) {
		e = ub_ctx_set_option(c, options[i].name, options[i].value);
		if (e)
			log_warn("libunbound does not take ", options[i].name,
			    " ", options[i].value, ": ", ub_strerror(e));
	}
}

struct anchors {
	struct ub_ctx *ctx;
	unsigned n;
};

static void
add_anchor(void *arg, char *line, unsigned number)
{
	struct anchors *a = arg;

	(void)number;
	line[strcspn(line, ";")] = 0;
	if (*line && ub_ctx_add_ta(a->ctx, line) == 0)
		a->n++;
}

/* Without a key nothing is secure, and DANE is not used: no mail is lost. */
static void
add_anchors(struct ub_ctx *c)
{
	struct anchors a = { c, 0 };

	conf_root_key_each(add_anchor, &a);
	if (a.n == 0)
		log_warn("etc/dnssec says yes, but there is no root key in "
			 "etc/dnssec-root.key or /usr/share/dns/root.key "
			 "(package dns-root-data): answers are not validated");
}

/* One "address name name..." line: the names' other types (MX) still come from
 * the DNS, so not ub_ctx_hosts, which takes the whole name. */
static void
add_hosts(void *arg, char *line, unsigned number)
{
	char record[RECORD_SIZE], text[IP_TEXT_SIZE], *name, *save = NULL;
	struct ub_ctx *c = arg;
	struct ip ip;

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
		ub_ctx_zone_add(c, name, "typetransparent");
		snprintf(record, sizeof(record), "%s %s %s", name,
		    ip_is_v4(&ip) ? "A" : "AAAA", text);
		ub_ctx_data_add(c, record);
	}
}

/* Applies conf to a fresh context.  0, or -1 with why. */
static int
set_up(
    struct ub_ctx *c, const struct resolver_conf *conf, char why[CONF_WHY_SIZE])
{
	unsigned i;
	int e = 0;

	ub_ctx_debugout(c, NULL); /* it would wait for a full log */
	set_options(c);
	for (i = 0; !e && i < conf->nforwarders; i++)
		e = ub_ctx_set_fwd(c, conf->forwarders[i]);
	if (conf->validate)
		add_anchors(c);
	ub_ctx_async(c, 1);
	/* the options end here: this starts the context up */
	if (!e)
		e = ub_ctx_zone_remove(c, "test.");
	if (e) {
		snprintf(why, CONF_WHY_SIZE, "libunbound: %s%s", ub_strerror(e),
		    conf->validate ? "; is etc/dnssec-root.key (or "
				     "/usr/share/dns/root.key) a file of DS or "
				     "DNSKEY records?"
				   : "");
		return -1;
	}
	ub_ctx_zone_remove(c, "home.arpa.");
	conf_hosts_each(add_hosts, c);
	return 0;
}

struct ub_ctx *
resolver_ctx_make(char why[CONF_WHY_SIZE])
{
	struct resolver_conf conf;
	struct ub_ctx *c;

	if (resolver_conf_read(&conf, why) == -1)
		return NULL;
	c = ub_ctx_create();
	if (!c) {
		snprintf(why, CONF_WHY_SIZE, "libunbound: out of memory");
		return NULL;
	}
	if (set_up(c, &conf, why) == 0)
		return c;
	ub_ctx_delete(c);
	return NULL;
}
