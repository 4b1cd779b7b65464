/* SPDX-License-Identifier: ISC */
/* cPanel, the root folder of a server or of a copy of it:
 *   etc/valiases/DOMAIN        "address: target, target", "*: ..." is the rest
 *   etc/vdomainaliases/DOMAIN  "DOMAIN: the domain that it is an alias of"
 *   home/USER/etc/DOMAIN/shadow  "name:hash:..."
 *   home/USER/etc/DOMAIN/quota   "name:bytes"
 *   home/USER/mail/DOMAIN/NAME   Maildirs
 *   etc/shadow, home/USER/mail   an account's own mailbox, where mail goes to it */
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/import_readers.h"
#include "cdb-tools/import_read.h"
#include "lib/log.h"

static void
join(stralloc *out, const char *a, const char *b, const char *c)
{
	sa_copys(out, a);
	sa_cats(out, b);
	sa_cat0(out, c);
}

static void
take_quota(struct import *im, struct line_reader *r, uint64_t *bytes,
    const char *value, size_t len)
{
	stralloc shown = { 0 };

	if (users_size(bytes, value, len, 1))
		return;
	sa_copyb(&shown, value, len);
	sa_0(&shown);
	import_problem(im, r->file, r->line, "quota ", shown.s, " is left out",
	    (char *)0);
	sa_free(&shown);
}

static uint64_t
quota_of(struct import *im, const char *folder, const char *user)
{
	stralloc path = { 0 };
	struct line_reader r;
	const char *s, *key, *value;
	size_t len, klen, vlen;
	unsigned column;
	uint64_t bytes = 0;

	join(&path, folder, "/quota", NULL);
	if (import_read(im, &r, path.s)) {
		while (line_next(&r, &s, &len, &column))
			if (line_pair(s, len, column, &key, &klen, &value,
				&vlen, &column) &&
			    klen == strlen(user) && !memcmp(key, user, klen))
				take_quota(im, &r, &bytes, value, vlen);
		import_read_end(im, &r);
	}
	sa_free(&path);
	return bytes;
}

static void
user(struct import *im, struct line_reader *r, const char *home,
    const char *folder, const char *domain, stralloc *line)
{
	struct import_found f = { .file = r->file, .line = r->line };
	stralloc address = { 0 }, maildir = { 0 }, name = { 0 };
	char *p = line->s, *who = strsep(&p, ":");
	char *hash = p ? strsep(&p, ":") : NULL;

	if (!hash || !*who || strchr(who, '/')) {
		import_problem(
		    im, r->file, r->line, "is not name:hash", (char *)0);
		return;
	}
	join(&address, who, "@", domain);
	join(&maildir, home, "/mail/", domain);
	sa_append(&maildir, '/');
	sa_cat0(&maildir, who);
	f.address = address.s;
	f.hash = hash;
	f.maildir = maildir.s;
	f.quota = quota_of(im, folder, who);
	import_mailbox(im, &name, &f);
	if (name.len) {
		sa_append(&name, '\0');
		import_alias(im, r->file, r->line, address.s, &name);
	}
	sa_free(&address);
	sa_free(&maildir);
	sa_free(&name);
}

/* home/USER/etc/DOMAIN */
static void
mailboxes(struct import *im, const char *home, const char *domain)
{
	stralloc folder = { 0 }, path = { 0 }, line = { 0 };
	struct line_reader r;
	unsigned column;
	const char *s;
	size_t len;

	join(&folder, home, "/etc/", domain);
	join(&path, folder.s, "/shadow", NULL);
	if (import_read(im, &r, path.s)) {
		import_domain(im, path.s, 0, domain, NULL);
		while (line_next(&r, &s, &len, &column)) {
			sa_copyb(&line, s, len);
			sa_0(&line);
			user(im, &r, home, folder.s, domain, &line);
		}
		import_read_end(im, &r);
	}
	sa_free(&folder);
	sa_free(&path);
	sa_wipe(&line);
}

static void
homes(struct import *im)
{
	stralloc users = { 0 }, domains = { 0 }, home = { 0 }, etc = { 0 };
	const char *u, *d;

	import_names(im, &users, "home");
	for (u = users.s; u < users.s + users.len; u += strlen(u) + 1) {
		join(&home, "home/", u, NULL);
		join(&etc, home.s, "/etc", NULL);
		if (import_names(im, &domains, etc.s) == -1)
			continue;
		for (d = domains.s; d < domains.s + domains.len;
		     d += strlen(d) + 1)
			if (strchr(d, '.') && *d != '.')
				mailboxes(im, home.s, d);
	}
	sa_free(&users);
	sa_free(&domains);
	sa_free(&home);
	sa_free(&etc);
}

static void
valiases(struct import *im, const char *domain)
{
	stralloc path = { 0 }, address = { 0 }, targets = { 0 };
	struct line_reader r;
	const char *s, *key, *value;
	size_t len, klen, vlen;
	unsigned column;

	join(&path, "etc/valiases/", domain, NULL);
	if (!import_read(im, &r, path.s))
		goto out;
	import_domain(im, path.s, 0, domain, NULL);
	while (line_next(&r, &s, &len, &column)) {
		if (!line_pair(s, len, column, &key, &klen, &value, &vlen,
			&column)) {
			import_problem(im, r.file, r.line,
			    "is not 'address: target'", (char *)0);
			continue;
		}
		sa_clear(&address);
		if (klen != 1 || *key != '*')
			sa_catb(&address, key, klen);
		if (!memchr(key, '@', klen)) {
			sa_append(&address, '@');
			sa_cats(&address, domain);
		}
		sa_0(&address);
		if (import_cpanel_special(im, &r, &address, value, vlen))
			continue;
		import_targets(&targets, value, vlen);
		import_alias(im, r.file, r.line, address.s, &targets);
	}
	import_read_end(im, &r);
out:
	sa_free(&path);
	sa_free(&address);
	sa_free(&targets);
}

static void
domain_alias(struct import *im, const char *file)
{
	stralloc path = { 0 }, a = { 0 }, b = { 0 };
	struct line_reader r;
	const char *s, *key, *value;
	size_t len, klen, vlen;
	unsigned column;

	join(&path, "etc/vdomainaliases/", file, NULL);
	if (!import_read(im, &r, path.s))
		goto out;
	while (line_next(&r, &s, &len, &column)) {
		if (!line_pair(s, len, column, &key, &klen, &value, &vlen,
			&column))
			continue;
		sa_copyb(&a, key, klen);
		sa_0(&a);
		sa_copyb(&b, value, vlen);
		sa_0(&b);
		import_domain(im, r.file, r.line, a.s, b.s);
	}
	import_read_end(im, &r);
out:
	sa_free(&path);
	sa_free(&a);
	sa_free(&b);
}

/* A domain with aliases of its own first that is only an alias is none. */
void
import_cpanel(struct import *im, char **args, int n)
{
	stralloc names = { 0 }, aliases = { 0 };
	const char *s, *a;
	bool is;

	if (n)
		log_fatal(100, "'", args[0], "' is not understood; cpanel takes "
		    "the folder alone");
	im->copies_stay = true; /* cPanel's forwarders leave a copy */
	homes(im);
	import_names(im, &aliases, "etc/vdomainaliases");
	import_names(im, &names, "etc/valiases");
	for (s = names.s; s < names.s + names.len; s += strlen(s) + 1) {
		is = false;
		for (a = aliases.s; a < aliases.s + aliases.len;
		     a += strlen(a) + 1)
			is |= !strcmp(a, s);
		if (!is)
			valiases(im, s);
	}
	for (a = aliases.s; a < aliases.s + aliases.len; a += strlen(a) + 1)
		domain_alias(im, a);
	sa_free(&names);
	sa_free(&aliases);
}
