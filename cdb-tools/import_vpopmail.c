/* SPDX-License-Identifier: ISC */
/* vpopmail: DOMAIN/vpasswd, "user:hash:uid:flags:gecos:dir:quota[:clear]", and
 * DOMAIN/.qmail-NAME (':' for '.'), below ~vpopmail/domains. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/import_qmail.h"
#include "cdb-tools/import_read.h"
#include "cdb-tools/import_readers.h"
#include "lib/log.h"

#define FIELDS 8
#define NO_POP      0x02 /* of the flags */
#define BOUNCE_MAIL 0x10
#define LINK_MAX_BYTES 1024

/* A domain, and its folder below the root. */
struct place {
	const char *path, *name;
};

/* The user's folder below the root: what follows "/DOMAIN/" in dir. */
static void
user_path(stralloc *out, const struct place *p, const char *dir, const char *user)
{
	stralloc middle = { 0 };
	const char *at;

	sa_copys(&middle, "/");
	sa_cats(&middle, p->name);
	sa_cat0(&middle, "/");
	middle.len++;
	at = strstr(dir, middle.s);
	sa_copys(out, p->path);
	sa_append(out, '/');
	sa_cat0(out, at ? at + strlen(middle.s) : user);
	sa_free(&middle);
}

/* "NOQUOTA", "52428800S,1000C" (either may be missing), "50M". */
static void
take_quota(struct import_found *f, struct import *im, struct line_reader *r,
    const char *s)
{
	const char *p;
	size_t n;
	bool fine, count;

	if (!*s || !strcmp(s, "NOQUOTA"))
		return;
	for (p = s; *p; p += n + (p[n] == ',')) {
		n = strcspn(p, ",");
		count = n && strchr("Cc", p[n - 1]);
		fine = users_size(count ? &f->messages : &f->quota, p,
		    n - (n && strchr("SsCc", p[n - 1])), 1);
		if (!fine)
			import_problem(im, r->file, r->line, "quota ", s,
			    " is left out", (char *)0);
	}
}

static void
user(struct import *im, struct line_reader *r, const struct place *p, char **f)
{
	stralloc address = { 0 }, dir = { 0 }, maildir = { 0 }, name = { 0 };
	stralloc target = { 0 }, dotqmail = { 0 };
	unsigned long flags = strtoul(f[3], NULL, 10);
	struct import_found found = { .file = r->file, .line = r->line };
	struct qmail_file q;

	sa_copys(&address, f[0]);
	sa_append(&address, '@');
	sa_cat0(&address, p->name);
	user_path(&dir, p, f[5], f[0]);
	sa_copys(&maildir, dir.s);
	sa_cat0(&maildir, "/Maildir");
	sa_copys(&dotqmail, dir.s);
	sa_cat0(&dotqmail, "/.qmail");
	found.address = address.s;
	found.hash = f[1];
	found.maildir = maildir.s;
	take_quota(&found, im, r, f[6]);
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
		import_qmail(im, &q, dotqmail.s, p->name);
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
users(struct import *im, const struct place *place)
{
	stralloc path = { 0 }, line = { 0 };
	char *f[FIELDS], *p;
	struct line_reader r;
	unsigned column;
	const char *s;
	size_t len;
	int n;

	sa_copys(&path, place->path);
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
			user(im, &r, place, f);
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
dot_qmail(struct import *im, const struct place *p, const char *file)
{
	const char *name = file + strlen(".qmail-");
	stralloc path = { 0 }, address = { 0 };
	struct qmail_file q;
	size_t i;

	sa_copys(&path, p->path);
	sa_append(&path, '/');
	sa_cat0(&path, file);
	if (strcmp(name, "default") != 0) {
		sa_copys(&address, name);
		for (i = 0; i < address.len; i++)
			if (address.s[i] == ':')
				address.s[i] = '.';
	}
	sa_append(&address, '@');
	sa_cat0(&address, p->name);
	import_qmail(im, &q, path.s, p->name);
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

/* path: the domain's folder below the root, its last component the name. */
static void
domain(struct import *im, const char *path)
{
	const char *slash = strrchr(path, '/'), *s;
	stralloc names = { 0 };
	struct place p = { path, slash ? slash + 1 : path };

	import_domain(im, path, 0, p.name, NULL);
	if (!import_is_domain(im, p.name))
		return;
	users(im, &p);
	if (import_names(im, &names, path) == 0)
		for (s = names.s; s < names.s + names.len; s += strlen(s) + 1)
			if (!strncmp(s, ".qmail-", 7))
				dot_qmail(im, &p, s);
	sa_free(&names);
}

/* vaddaliasdomain makes a link to the other domain's folder: its text is read,
 * it is not followed. */
static void
alias_domain(struct import *im, const char *path)
{
	const char *name = strrchr(path, '/'), *other;
	char to[LINK_MAX_BYTES + 1];
	ssize_t n = import_link(im, path, to, sizeof to - 1);

	name = name ? name + 1 : path;
	if (n > 0) {
		to[n] = 0;
		while (n && to[n - 1] == '/')
			to[--n] = 0;
		other = strrchr(to, '/');
		import_domain(im, path, 0, name, other ? other + 1 : to);
	} else if (strchr(name, '.') && *name != '.') {
		import_problem(im, path, 0, "is no folder", (char *)0);
	}
}

/* Many domains lie in folders of one character each: domains/0/widget.com. */
static bool
is_split(const char *name)
{
	return isalnum((unsigned char)*name) && !name[1];
}

static void
folder(struct import *im, const char *below, bool links)
{
	stralloc names = { 0 }, path = { 0 };
	const char *s;
	int fd;

	import_names(im, &names, *below ? below : ".");
	for (s = names.s; s < names.s + names.len; s += strlen(s) + 1) {
		sa_copys(&path, below);
		sa_cats(&path, *below ? "/" : "");
		sa_cat0(&path, s);
		fd = import_open(im, path.s, O_RDONLY | O_DIRECTORY);
		if (fd != -1)
			close(fd);
		if (fd != -1 && is_split(s))
			folder(im, path.s, links);
		else if (fd != -1 && !links)
			domain(im, path.s);
		else if (fd == -1 && links)
			alias_domain(im, path.s);
	}
	sa_free(&names);
	sa_free(&path);
}

/* The domains first, so that their aliases find them. */
void
import_vpopmail(struct import *im, char **args, int n)
{
	if (n)
		log_fatal(100, "'", args[0], "' is not understood; vpopmail takes "
		    "the folder alone");
	folder(im, "", false);
	folder(im, "", true);
}
