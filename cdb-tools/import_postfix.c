/* SPDX-License-Identifier: ISC */
/* Postfix: virtual=MAP (virtual_alias_maps), mailboxes=MAP
 * (virtual_mailbox_maps: address, path of a Maildir below maildirs=PATH),
 * passwords=FILE (Dovecot's passwd-file by address, or shadow by name),
 * domain=NAME, each as often as needed; paths are below the root. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/import_passwords.h"
#include "cdb-tools/import_readers.h"
#include "cdb-tools/import_read.h"
#include "lib/log.h"

struct postfix {
	struct import *im;
	struct import_passwords passwords;
	const char *maildirs;
};

/* Key and value of a map's line. */
static bool
pair(struct postfix *p, struct line_reader *r, const char *s, size_t len,
    stralloc *key, const char **value, size_t *vlen)
{
	size_t n = 0;

	while (n < len && s[n] != ' ' && s[n] != '\t')
		n++;
	sa_copyb(key, s, n);
	sa_0(key);
	while (n < len && (s[n] == ' ' || s[n] == '\t'))
		n++;
	while (len > n && s[len - 1] == ' ')
		len--;
	*value = s + n;
	*vlen = len - n;
	if (*vlen)
		return true;
	import_problem(p->im, r->file, r->line, key->s, " has no value",
	    (char *)0);
	return false;
}

static void
mailbox(struct postfix *p, struct line_reader *r, const stralloc *address,
    const char *value, size_t vlen)
{
	struct import_found f = { .file = r->file, .line = r->line };
	stralloc path = { 0 }, name = { 0 };
	const char *at = strchr(address->s, '@');

	if (!at || at == address->s) {
		import_problem(p->im, r->file, r->line, address->s,
		    " is no address of a mailbox", (char *)0);
		return;
	}
	import_domain(p->im, r->file, r->line, at + 1, NULL);
	sa_copys(&path, p->maildirs);
	sa_append(&path, '/');
	sa_catb(&path, value, vlen);
	sa_0(&path);
	if (value[vlen - 1] != '/')
		import_problem(p->im, r->file, r->line, address->s,
		    ": its mail is one file (mbox), which stays there; "
		    "convert it to a Maildir",
		    (char *)0);
	import_password(&p->passwords, &f, address->s);
	f.address = address->s;
	f.maildir = value[vlen - 1] == '/' ? path.s : NULL;
	import_mailbox(p->im, &name, &f);
	if (name.len) {
		sa_append(&name, '\0');
		import_alias(p->im, r->file, r->line, address->s, &name);
	}
	sa_free(&path);
	sa_free(&name);
}

/* A target without '@' is a user of the system: a mailbox of that name, where
 * there is a password for it. */
static void
local_user(struct postfix *p, struct line_reader *r, stralloc *targets)
{
	struct import_found f = { .file = r->file, .line = r->line };
	stralloc out = { 0 }, name = { 0 };
	const char *s;

	for (s = targets->s; s < targets->s + targets->len; s += strlen(s) + 1) {
		if (strchr(s, '@')) {
			sa_catb(&out, s, strlen(s) + 1);
			continue;
		}
		f.wish = s;
		if (!import_password(&p->passwords, &f, s)) {
			import_problem(p->im, r->file, r->line, "target ", s,
			    " is no mailbox and no address (is its password "
			    "file missing?)",
			    (char *)0);
			continue;
		}
		import_mailbox(p->im, &name, &f);
		if (name.len)
			sa_catb(&out, name.s, name.len + 1);
	}
	sa_copy(targets, &out);
	sa_free(&out);
	sa_free(&name);
}

/* One entry, its lines put together. */
static void
entry(struct postfix *p, struct line_reader *r, const stralloc *line,
    bool mailboxes)
{
	stralloc key = { 0 }, targets = { 0 };
	const char *value, *at;
	size_t vlen;

	if (!line->len || !pair(p, r, line->s, line->len, &key, &value, &vlen))
		goto out;
	at = strchr(key.s, '@');
	if (mailboxes) {
		mailbox(p, r, &key, value, vlen);
	} else if (!at) {
		import_domain(p->im, r->file, r->line, key.s, NULL);
	} else {
		import_domain(p->im, r->file, r->line, at + 1, NULL);
		import_targets(&targets, value, vlen);
		local_user(p, r, &targets);
		import_alias(p->im, r->file, r->line, key.s, &targets);
	}
out:
	sa_free(&key);
	sa_free(&targets);
}

/* A line that begins with a blank goes on with the one before. */
static void
map(struct postfix *p, const char *path, bool mailboxes)
{
	stralloc line = { 0 };
	struct line_reader r, at;
	const char *s;
	unsigned column;
	size_t len;

	if (!import_read(p->im, &r, path)) {
		import_problem(p->im, path, 0, "no such map", (char *)0);
		return;
	}
	at = r;
	while (line_next(&r, &s, &len, &column)) {
		if (column == 1) {
			entry(p, &at, &line, mailboxes);
			sa_clear(&line);
			at.line = r.line;
		} else if (!line.len) {
			import_problem(p->im, r.file, r.line,
			    "goes on, and nothing is there before it",
			    (char *)0);
			continue;
		}
		sa_catb(&line, s, len);
		sa_append(&line, ' ');
	}
	entry(p, &at, &line, mailboxes);
	import_read_end(p->im, &r);
	sa_free(&line);
}

static const char *const kinds[] = { "passwords=", "maildirs=", "domain=",
	"mailboxes=", "virtual=" };

static bool
is_kind(const char *arg)
{
	size_t i;

	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strncmp(arg, kinds[i], strlen(kinds[i])))
			return true;
	return false;
}

/* All are of a kind, and something is to be read. */
static void
check_arguments(char **args, int n)
{
	int i;

	if (n == 0)
		log_fatal(100, "postfix wants to know which maps: "
			       "mailboxes=FILE, virtual=FILE, passwords=FILE, "
			       "maildirs=PATH, domain=NAME");
	for (i = 0; i < n; i++)
		if (!is_kind(args[i]))
			log_fatal(100, "'", args[i], "' is not understood; "
			    "write mailboxes=, virtual=, passwords=, maildirs= "
			    "or domain=");
}

/* The arguments of one kind, in their order. */
static void
each(struct postfix *p, char **args, int n, const char *kind,
    void (*work)(struct postfix *p, const char *value))
{
	size_t len = strlen(kind);
	int i;

	for (i = 0; i < n; i++)
		if (!strncmp(args[i], kind, len))
			work(p, args[i] + len);
}

static void
password_file(struct postfix *p, const char *value)
{
	import_passwords(&p->passwords, p->im, value);
}

static void
set_maildirs(struct postfix *p, const char *value)
{
	int fd = import_open(p->im, value, O_RDONLY | O_DIRECTORY);

	p->maildirs = value;
	if (fd == -1)
		import_problem(p->im, value, 0, "no Maildirs from it: ",
		    strerror(errno), (char *)0);
	else
		close(fd);
}

static void
one_domain(struct postfix *p, const char *value)
{
	import_domain(p->im, "domain=", 0, value, NULL);
}

static void
mailbox_map(struct postfix *p, const char *value)
{
	map(p, value, true);
}

static void
alias_map(struct postfix *p, const char *value)
{
	map(p, value, false);
}

void
import_postfix(struct import *im, char **args, int n)
{
	struct postfix p = { .im = im, .maildirs = "." };

	check_arguments(args, n);
	import_passwords_start(&p.passwords);
	each(&p, args, n, "passwords=", password_file);
	each(&p, args, n, "maildirs=", set_maildirs);
	each(&p, args, n, "domain=", one_domain);
	each(&p, args, n, "mailboxes=", mailbox_map);
	each(&p, args, n, "virtual=", alias_map);
	import_passwords_free(&p.passwords);
}
