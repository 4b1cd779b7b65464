/* SPDX-License-Identifier: ISC */
/* etccheck's: the files of etc/ that this folder's daemons read themselves. */
#include "deliver/deliver.h"

#include <string.h>
#include "deliver/local_key.h"
#include "deliver/remote_conf.h"
#include "deliver/remote_secret.h"
#include "deliver/resolver_conf.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/safefile.h"

static void
check_srs(struct line_errors *errors)
{
	stralloc s = { 0 };

	if (setting_get(&s, "srs-secret") == 1 && s.len < LOCAL_SECRET_MIN)
		line_error(errors, "etc/srs-secret", 1, 1, "shorter than ",
		    log_num(LOCAL_SECRET_MIN),
		    " characters; write a longer one, or remove the file",
		    (char *)NULL);
	sa_wipe(&s);
	if (setting_get(&s, "srs-domain") == 1 && !addr_is_domain(s.s, s.len))
		line_error(errors, "etc/srs-domain", 1, 1,
		    "no domain; write one of etc/domains", (char *)NULL);
	sa_free(&s);
}

/* Its words name file and line, for a daemon's log: the line's first column. */
static void
check_dns(struct line_errors *errors)
{
	static char why[CONF_WHY_SIZE];
	struct resolver_conf conf;

	/* dnssec is a row of the table of settings, and judged there */
	if (resolver_conf_read(&conf, why) == 0 ||
	    strncmp(why, "etc/dnssec", 10) == 0)
		return;
	errors->n++;
	sa_cats(&errors->text, why);
	sa_cats(&errors->text, "\n");
	sa_0(&errors->text);
}

/* Is there a line for each auth=?  */
static void
check_accounts(struct line_errors *errors, const char *file,
    const struct remote_dest *dests, unsigned n)
{
	struct remote_secret secret;
	const char *why;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (!dests[i].peer.account[0])
			continue;
		if (remote_secret_get(
			&secret, dests[i].peer.account, &why) == -1)
			line_error(errors, SECRET_FILE, 1, 0, file,
			    " says auth=", dests[i].peer.account, ": ", why,
			    (char *)NULL);
		explicit_bzero(&secret, sizeof secret);
	}
}

void
deliver_etc_check(struct line_errors *errors)
{
	struct remote_conf conf = { 0 };
	const struct remote_routes *r = &conf.routes;
	size_t i;

	check_srs(errors);
	check_dns(errors);
	remote_conf_texts(&conf, errors);
	if (remote_secret_check(errors)) {
		check_accounts(
		    errors, "etc/smarthosts", r->smarthosts, r->nsmarthosts);
		for (i = 0; i < r->n; i++)
			check_accounts(errors, "etc/routes", r->routes[i].dests,
			    r->routes[i].ndests);
	}
	remote_routes_free(&conf.routes);
}
