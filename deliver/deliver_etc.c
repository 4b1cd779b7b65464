/* SPDX-License-Identifier: ISC */
/* etccheck's: the files of etc/ that this folder's daemons read themselves. */
#include "deliver/deliver.h"

#include <string.h>
#include <strings.h>
#include "deliver/local_key.h"
#include "deliver/quota_warning.h"
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

/* A name server twice gets each question twice. */
static void
check_dns_twice(struct line_errors *errors)
{
	char seen[CONF_FORWARDERS_MAX][CONF_FORWARDER_SIZE], text[256];
	unsigned long lines[CONF_FORWARDERS_MAX];
	struct line_errors told = { 0 };
	struct line_reader r;
	const char *s, *item;
	size_t len, n = 0, i, ilen;
	unsigned column, icol;

	if (line_open(&r, "etc/dns", ROUTES_FILE_MAX, &told) != 1)
		return;
	while (n < CONF_FORWARDERS_MAX && line_next(&r, &s, &len, &column)) {
		if (!line_item(&s, &len, &column, false, &item, &ilen, &icol) ||
		    (ilen == 7 && !memcmp(item, "forward", 7) &&
			!line_item(&s, &len, &column, false, &item, &ilen,
			    &icol)) ||
		    ilen >= sizeof text)
			continue;
		memcpy(text, item, ilen);
		text[ilen] = 0;
		text[strcspn(text, "#")] = 0;
		if (conf_forwarder(seen[n], text) != 1)
			continue;
		for (i = 0; strcmp(seen[i], seen[n]) != 0; i++)
			;
		lines[n] = r.line;
		if (i == n)
			n++;
		else
			line_error(errors, "etc/dns", r.line, icol, text,
			    " stands here for the second time, first in line ",
			    log_num(lines[i]), "; remove one", (char *)NULL);
	}
	line_close(&r);
	line_errors_free(&told);
}

static void
check_account(struct line_errors *errors, const char *file, unsigned long line,
    unsigned column, const char *item, size_t len)
{
	struct remote_secret secret;
	char name[DELIVER_ACCOUNT_MAX + 1];
	const char *why;

	if (!len || len >= sizeof name) /* the parser has told it */
		return;
	memcpy(name, item, len);
	name[len] = 0;
	if (remote_secret_get(&secret, name, &why) == -1)
		line_error(errors, file, line, column, name, ": ", why,
		    "; write NAME user password there, or another name here",
		    (char *)NULL);
	explicit_bzero(&secret, sizeof secret);
}

/* Is there a line for each auth=? */
static void
check_accounts(struct line_errors *errors, const char *file)
{
	struct line_errors told = { 0 }; /* by the parser, too */
	struct line_reader r;
	const char *s, *item;
	size_t len, n;
	unsigned column, icol;

	if (line_open(&r, file, ROUTES_FILE_MAX, &told) != 1)
		return;
	while (line_next(&r, &s, &len, &column))
		while (line_item(&s, &len, &column, true, &item, &n, &icol))
			if (n > 5 && memcmp(item, "auth=", 5) == 0)
				check_account(errors, file, r.line, icol + 5,
				    item + 5, n - 5);
	line_close(&r);
	line_errors_free(&told);
}

static bool
is_same(const struct remote_dest *a, const struct remote_dest *b)
{
	return a->peer.port == b->peer.port && a->peer.lmtp == b->peer.lmtp &&
	       !strcasecmp(a->peer.name, b->peer.name) &&
	       !strcmp(a->peer.unix_path, b->peer.unix_path) &&
	       !strcasecmp(a->peer.account, b->peer.account);
}

/* A host that is named twice is tried twice.  The daemons do not mind: mail that
 * went out goes on going out. */
static void
check_dests_twice(struct line_errors *errors, const char *file, bool routes)
{
	struct remote_dest dests[REMOTE_DESTS_MAX];
	unsigned long lines[REMOTE_DESTS_MAX];
	struct line_errors told = { 0 }; /* by the parser, too */
	struct remote_place place = { .errors = &told, .file = file };
	struct line_reader r;
	const char *s, *key;
	size_t len, klen;
	unsigned column, n = 0, old, i;

	if (line_open(&r, file, ROUTES_FILE_MAX, &told) != 1)
		return;
	while (line_next(&r, &s, &len, &column)) {
		place.column = column;
		if (routes && !line_pair(s, len, column, &key, &klen, &s, &len,
				  &place.column))
			continue;
		old = n = routes ? 0 : n;
		remote_dests_parse(dests, &n, s, len, &place);
		for (; old < n; old++) {
			lines[old] = r.line;
			for (i = 0; !is_same(&dests[i], &dests[old]); i++)
				;
			if (i < old)
				line_error(errors, file, r.line, place.column,
				    dests[i].peer.name,
				    " is there twice, also in line ",
				    log_num(lines[i]), "; remove one",
				    (char *)NULL);
		}
	}
	line_close(&r);
	line_errors_free(&told);
}

void
deliver_etc_check(struct line_errors *errors)
{
	struct remote_conf conf = { 0 };

	check_srs(errors);
	check_dns(errors);
	quota_text_check(errors);
	check_dns_twice(errors);
	remote_conf_texts(&conf, errors);
	check_dests_twice(errors, "etc/smarthosts", false);
	check_dests_twice(errors, "etc/routes", true);
	if (remote_secret_check(errors)) {
		check_accounts(errors, "etc/smarthosts");
		check_accounts(errors, "etc/routes");
	}
	remote_routes_free(&conf.routes);
}
