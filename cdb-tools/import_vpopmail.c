/* SPDX-License-Identifier: ISC */
/* vpopmail: DOMAIN/vpasswd, "user:hash:uid:flags:gecos:dir:quota[:clear]", and
 * DOMAIN/.qmail-NAME (':' for '.'), below ~vpopmail/domains. */
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/import_qmail.h"
#include "cdb-tools/import_readers.h"

#define FIELDS 8
#define NO_POP      0x02 /* of the flags */
#define BOUNCE_MAIL 0x10

/* The user's folder below the root: what follows "/DOMAIN/" in dir. */
static void
user_path(stralloc *out, const char *domain, const char *dir, const char *user)
{
	stralloc middle = { 0 };
	const char *at;

	sa_copys(&middle, "/");
	sa_cats(&middle, domain);
	sa_cat0(&middle, "/");
	middle.len++;
	at = strstr(dir, middle.s);
	sa_copys(out, domain);
	sa_append(out, '/');
	sa_cat0(out, at ? at + strlen(middle.s) : user);
	sa_free(&middle);
}

/* "NOQUOTA", "52428800S,1000C", "50M": bytes, 0: none. */
static uint64_t
quota_of(struct import *im, struct line_reader *r, const char *s)
{
	uint64_t bytes = 0;
	size_t n = strcspn(s, ",");

	if (!*s || !strcmp(s, "NOQUOTA"))
		return 0;
	if (n && (s[n - 1] == 'S' || s[n - 1] == 's'))
		n--;
	if (!users_size(&bytes, s, n, 1))
		import_problem(
		    im, r->file, r->line, "quota ", s, " is left out", (char *)0);
	return bytes;
}

static void
user(struct import *im, struct line_reader *r, const char *domain, char **f)
{
	stralloc address = { 0 }, dir = { 0 }, maildir = { 0 }, name = { 0 };
	stralloc target = { 0 }, dotqmail = { 0 };
	unsigned long flags = strtoul(f[3], NULL, 10);
	struct import_found found = { .file = r->file, .line = r->line };
	struct qmail_file q;

	sa_copys(&address, f[0]);
	sa_append(&address, '@');
	sa_cat0(&address, domain);
	user_path(&dir, domain, f[5], f[0]);
	sa_copys(&maildir, dir.s);
	sa_cat0(&maildir, "/Maildir");
	sa_copys(&dotqmail, dir.s);
	sa_cat0(&dotqmail, "/.qmail");
	found.address = address.s;
	found.hash = f[1];
	found.maildir = maildir.s;
	found.quota = quota_of(im, r, f[6]);
	found.disabled = flags & NO_POP;
	import_mailbox(im, &name, &found);
	if (name.len) {
		sa_copys(&target, name.s);
		sa_append(&target, '\0');
		if (flags & BOUNCE_MAIL) {
			sa_copys(&target, ":refuse \"no mail for this address\"");
			sa_append(&target, '\0');
		}
		import_alias(im, r->file, r->line, address.s, &target);
		import_qmail(im, &q, dotqmail.s, domain);
		if (q.targets.len)
			import_forward(
			    im, dotqmail.s, 0, name.s, q.keep, &q.targets);
		sa_free(&q.targets);
	}
	sa_free(&address);
	sa_free(&dir);
	sa_free(&maildir);
	sa_free(&name);
	sa_free(&target);
	sa_free(&dotqmail);
}

static void
users(struct import *im, const char *domain)
{
	stralloc path = { 0 }, line = { 0 };
	char *f[FIELDS], *p;
	struct line_reader r;
	unsigned column;
	const char *s;
	size_t len;
	int n;

	sa_copys(&path, domain);
	sa_cat0(&path, "/vpasswd");
	if (!import_read(im, &r, path.s)) {
		import_problem(im, path.s, 0,
		    "no such text: no mailboxes of this domain (vpasswd.cdb "
		    "alone is not read)",
		    (char *)0);
		goto out;
	}
	while (line_next(&r, &s, &len, &column)) {
		sa_copyb(&line, s, len);
		sa_0(&line);
		p = line.s;
		for (n = 0; n < FIELDS; n++)
			f[n] = p ? strsep(&p, ":") : NULL;
		if (f[6] && *f[0])
			user(im, &r, domain, f);
		else
			import_problem(im, r.file, r.line,
			    "is not user:hash:uid:flags:gecos:dir:quota",
			    (char *)0);
	}
	import_read_end(im, &r);
out:
	sa_free(&path);
	sa_wipe(&line);
}

static void
dot_qmail(struct import *im, const char *domain, const char *file)
{
	const char *name = file + strlen(".qmail-");
	stralloc path = { 0 }, address = { 0 };
	struct qmail_file q;
	size_t i;

	sa_copys(&path, domain);
	sa_append(&path, '/');
	sa_cat0(&path, file);
	if (strcmp(name, "default") != 0) {
		sa_copys(&address, name);
		for (i = 0; i < address.len; i++)
			if (address.s[i] == ':')
				address.s[i] = '.';
	}
	sa_append(&address, '@');
	sa_cat0(&address, domain);
	import_qmail(im, &q, path.s, domain);
	if (strlen(name) > 8 && !strcmp(name + strlen(name) - 8, "-default"))
		import_problem(im, path.s, 0,
		    "stands for many names, which only a whole domain can here",
		    (char *)0);
	else if (q.targets.len)
		import_alias(im, path.s, 0, address.s, &q.targets);
	sa_free(&q.targets);
	sa_free(&path);
	sa_free(&address);
}

static void
domain(struct import *im, const char *name)
{
	stralloc names = { 0 };
	const char *s;

	import_domain(im, name, 0, name, NULL);
	if (!import_is_domain(im, name))
		return;
	users(im, name);
	if (import_names(im, &names, name) == 0)
		for (s = names.s; s < names.s + names.len; s += strlen(s) + 1)
			if (!strncmp(s, ".qmail-", 7))
				dot_qmail(im, name, s);
	sa_free(&names);
}

void
import_vpopmail(struct import *im, char **args, int n)
{
	stralloc names = { 0 };
	const char *s;
	int fd;

	(void)args;
	(void)n;
	import_names(im, &names, ".");
	for (s = names.s; s < names.s + names.len; s += strlen(s) + 1) {
		fd = import_open(im, s, O_RDONLY | O_DIRECTORY);
		if (fd == -1) {
			if (strchr(s, '.') && s[0] != '.')
				import_problem(im, s, 0,
				    "is no folder; an alias domain? write "
				    "'alias = domain' in etc/domains",
				    (char *)0);
			continue;
		}
		close(fd);
		domain(im, s);
	}
	sa_free(&names);
}
