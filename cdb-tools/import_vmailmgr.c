/* SPDX-License-Identifier: ISC */
/* vmailmgr: DOMAIN=HOME each, HOME the folder of the domain's system user, with
 * passwd.cdb: by name a record
 *   2, flags (pairs of bytes; 8: mailbox enabled), 0, then strings, each ended by
 *   0: hash, mailbox (as ./users/fred), forwards (each, and an empty one), who,
 *   hard quota, soft quota, size, count, made, expires
 * The name "+" is who gets what no other does. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cdb-tools/import_readers.h"
#include "cdb-tools/import_read.h"
#include "lib/log.h"
#include "lib/table.h"

#define MAILBOX_ENABLED 8

struct vmailmgr {
	struct import *im;
	const char *domain, *home, *file;
};
struct entry {
	const char *hash, *mailbox, *quota, *soft, *size, *count;
	const char *expires;
	stralloc forwards;
	bool disabled;
};

/* The next string of the record, or NULL. */
static const char *
next(const char **p, const char *end)
{
	const char *s = *p, *nul = memchr(s, 0, (size_t)(end - s));

	if (nul)
		*p = nul + 1;
	return nul ? s : NULL;
}

/* 0, or -1: not such a record. */
static int
scan(struct entry *e, const char *p, size_t len)
{
	const char *end = p + len, *s;

	if (!len || *p++ != 2)
		return -1;
	while (p < end && *p) {
		if (end - p < 2)
			return -1;
		if (*p == MAILBOX_ENABLED)
			e->disabled = !p[1];
		p += 2;
	}
	if (p++ == end || !(e->hash = next(&p, end)) ||
	    !(e->mailbox = next(&p, end)))
		return -1;
	while ((s = next(&p, end)) && *s)
		sa_catb(&e->forwards, s, strlen(s) + 1);
	if (!s || !next(&p, end) || !(e->quota = next(&p, end)))
		return -1;
	e->soft = next(&p, end);
	e->size = next(&p, end);
	e->count = next(&p, end);
	next(&p, end);
	e->expires = next(&p, end);
	return 0;
}

/* Bare names in forwards are of the same domain. */
static void
complete(stralloc *forwards, const char *domain)
{
	stralloc out = { 0 };
	const char *s;

	sa_0(forwards);
	for (s = forwards->s; s < forwards->s + forwards->len;
	     s += strlen(s) + 1) {
		sa_cats(&out, s);
		if (!strchr(s, '@')) {
			sa_append(&out, '@');
			sa_cats(&out, domain);
		}
		sa_append(&out, '\0');
	}
	sa_copy(forwards, &out);
	sa_free(&out);
}

/* "-" and what is nearly 2^32: none. */
static uint64_t
limit(const char *s)
{
	uint64_t n = s ? strtoull(s, NULL, 10) : 0;

	return n >= UINT32_MAX ? 0 : n;
}

static void
user(struct vmailmgr *v, const char *address, struct entry *e)
{
	struct import_found f = { .file = v->file, .address = address };
	stralloc path = { 0 }, name = { 0 };

	sa_copys(&path, v->home);
	sa_append(&path, '/');
	sa_cat0(&path, e->mailbox);
	f.hash = e->hash;
	f.maildir = path.s;
	f.quota = limit(e->quota);
	f.messages = limit(e->count);
	if (limit(e->soft) || limit(e->size) || limit(e->expires))
		import_problem(v->im, v->file, 0, address,
		    ": soft quota, size of a message and expiry are left out",
		    (char *)0);
	import_mailbox(v->im, &name, &f);
	if (name.len) {
		if (e->forwards.len)
			import_forward(v->im, v->file, 0, name.s, !e->disabled,
			    &e->forwards);
		sa_append(&name, '\0');
		import_alias(v->im, v->file, 0, address, &name);
	}
	sa_free(&path);
	sa_free(&name);
}

static int
record(void *arg, const char *key, size_t klen, const char *data, size_t len)
{
	struct vmailmgr *v = arg;
	struct entry e = { 0 };
	stralloc address = { 0 }, copy = { 0 };
	bool all = klen == 1 && *key == '+';

	sa_copyb(&copy, data, len);
	sa_0(&copy);
	if (!all)
		sa_copyb(&address, key, klen);
	sa_append(&address, '@');
	sa_cat0(&address, v->domain);
	if (memchr(key, 0, klen) || scan(&e, copy.s, copy.len) == -1) {
		import_problem(v->im, v->file, 0, address.s,
		    ": its record is not understood", (char *)0);
	} else {
		complete(&e.forwards, v->domain);
		if (*e.mailbox && !all)
			user(v, address.s, &e);
		else if (e.forwards.len)
			import_alias(
			    v->im, v->file, 0, address.s, &e.forwards);
		else
			import_problem(v->im, v->file, 0, address.s,
			    all ? ": make a catch-all of it by hand"
				: " leads nowhere",
			    (char *)0);
	}
	sa_free(&e.forwards);
	sa_free(&address);
	sa_wipe(&copy);
	return 0;
}

static void
domain(struct import *im, char *name, const char *home)
{
	struct vmailmgr v = { .im = im, .domain = name, .home = home };
	stralloc file = { 0 };
	struct table t;
	int fd;

	sa_copys(&file, home);
	sa_cat0(&file, "/passwd.cdb");
	v.file = file.s;
	import_domain(im, file.s, 0, name, NULL);
	fd = import_open(im, home, O_RDONLY | O_DIRECTORY);
	table_init(&t, "passwd.cdb");
	t.dirfd = fd;
	if (fd == -1 || table_refresh(&t) == -1 ||
	    table_each(&t, record, &v) == -1)
		import_problem(
		    im, file.s, 0, "cannot be read: ", strerror(errno), (char *)0);
	table_close(&t);
	if (fd != -1)
		close(fd);
	sa_free(&file);
}

void
import_vmailmgr(struct import *im, char **args, int n)
{
	char *home;
	int i;

	if (n == 0)
		log_fatal(100, "vmailmgr wants the domains: DOMAIN=FOLDER "
			       "each, the folder below the first one");
	for (i = 0; i < n; i++) {
		home = strchr(args[i], '=');
		if (!home) {
			import_problem(im, args[i], 0,
			    "write DOMAIN=FOLDER, the folder below the first "
			    "one",
			    (char *)0);
			continue;
		}
		*home++ = 0;
		domain(im, args[i], home);
	}
}
