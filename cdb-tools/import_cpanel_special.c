/* SPDX-License-Identifier: ISC */
/* What stands in etc/valiases and is no address. */
#include <string.h>
#include "cdb-tools/import_readers.h"
#include "cdb-tools/import_read.h"

/* The hash of a user of the system, in etc/shadow; false: not there. */
static bool
shadow(struct import *im, const char *who, stralloc *hash)
{
	struct line_reader r;
	size_t len, n = strlen(who);
	unsigned column;
	const char *s, *end;
	bool found = false;

	if (!import_read(im, &r, "etc/shadow"))
		return false;
	while (!found && line_next(&r, &s, &len, &column)) {
		if (len <= n || strncmp(s, who, n) != 0 || s[n] != ':')
			continue;
		found = true;
		s += n + 1;
		len -= n + 1;
		end = memchr(s, ':', len);
		sa_copyb(hash, s, end ? (size_t)(end - s) : len);
		sa_0(hash);
	}
	import_read_end(im, &r);
	return found;
}

/* An account's own user, whose mail is home/USER/mail itself. */
static void
system_user(struct import *im, struct line_reader *r, const stralloc *address,
    const char *who)
{
	struct import_found f = { .file = r->file, .line = r->line, .wish = who };
	stralloc hash = { 0 }, maildir = { 0 }, name = { 0 };

	if (strchr(who, '/') || !shadow(im, who, &hash)) {
		import_problem(im, r->file, r->line, address->s,
		    " goes to the system user ", who,
		    ", who is not in etc/shadow; make a mailbox and an alias",
		    (char *)0);
		goto out;
	}
	sa_copys(&maildir, "home/");
	sa_cats(&maildir, who);
	sa_cat0(&maildir, "/mail");
	f.hash = hash.s;
	f.maildir = maildir.s;
	import_mailbox(im, &name, &f);
	if (name.len) {
		sa_append(&name, '\0');
		import_alias(im, r->file, r->line, address->s, &name);
	}
out:
	sa_wipe(&hash);
	sa_free(&maildir);
	sa_free(&name);
}

/* ":fail: text": the text goes on where an SMTP reply can hold it. */
static void
refuse(struct import *im, struct line_reader *r, const stralloc *address,
    const char *text)
{
	size_t len = strlen(text += strspn(text, " ")), i;
	stralloc t = { 0 };

	for (i = 0; i < len && text[i] >= ' ' && text[i] < 127 &&
	     text[i] != '"'; i++)
		;
	if (!len || i < len || len > SOURCE_REFUSE_MAX)
		text = "no mail for this address";
	sa_copys(&t, ":refuse \"");
	sa_cats(&t, text);
	sa_cats(&t, "\"");
	sa_append(&t, '\0');
	import_alias(im, r->file, r->line, address->s, &t);
	sa_free(&t);
}

bool
import_cpanel_special(struct import *im, struct line_reader *r,
    const stralloc *address, const char *value, size_t vlen)
{
	stralloc v = { 0 };
	bool is = true;

	sa_copyb(&v, value, vlen);
	sa_0(&v);
	if (!strncmp(v.s, ":fail:", 6)) {
		if (address->s[0] != '@') /* unknown names are refused here */
			refuse(im, r, address, v.s + 6);
	} else if (v.s[0] == ':' || v.s[0] == '|' || v.s[0] == '"' ||
		   v.s[0] == '/') {
		import_problem(im, r->file, r->line, address->s, ": ", v.s,
		    " is not delivered to here", (char *)0);
	} else if (!strchr(v.s, '@')) {
		system_user(im, r, address, v.s);
	} else {
		is = false;
	}
	sa_free(&v);
	return is;
}
