/* SPDX-License-Identifier: ISC */
#include "cdb-tools/import_qmail.h"
#include "cdb-tools/import_read.h"
#include <string.h>

static void
add(struct qmail_file *q, const char *s, size_t len, const char *domain)
{
	sa_catb(&q->targets, s, len);
	if (!memchr(s, '@', len)) {
		sa_append(&q->targets, '@');
		sa_cats(&q->targets, domain);
	}
	sa_append(&q->targets, '\0');
}

/* ".../DOMAIN/.../USER/Maildir/": the user's address.  "./Maildir/": its own. */
static void
maildir(struct qmail_file *q, const char *s, size_t len, const char *domain)
{
	const char *end, *user;

	if (*s == '.') {
		q->keep = true;
		return;
	}
	while (len && s[len - 1] == '/')
		len--;
	end = s + len;
	if (len > 8 && !memcmp(end - 8, "/Maildir", 8))
		end -= 8;
	user = memrchr(s, '/', (size_t)(end - s));
	if (user && user + 1 < end)
		add(q, user + 1, (size_t)(end - user - 1), domain);
}

/* | vdelivermail '' TARGET: the third word; "" when it bounces. */
static bool
vdelivermail(struct import *im, struct qmail_file *q, struct line_reader *r,
    stralloc *line, const char *domain)
{
	const char *what = strstr(line->s, "vdelivermail"), *last;

	if (!what)
		return false;
	last = strrchr(what, ' ');
	last = last ? last + 1 : "";
	if (*last == '/')
		maildir(q, last, strlen(last), domain);
	else if (strchr(last, '@'))
		add(q, last, strlen(last), domain);
	else if (!strcmp(last, "delete"))
		import_problem(im, r->file, r->line,
		    "mail for unknown names was thrown away; here it is "
		    "refused, which senders notice",
		    (char *)0);
	return true;
}

static void
take(struct import *im, struct qmail_file *q, struct line_reader *r,
    const char *s, size_t len, const char *domain)
{
	stralloc line = { 0 };

	sa_copyb(&line, s, len);
	sa_0(&line);
	if (*s == '|') {
		if (!vdelivermail(im, q, r, &line, domain))
			import_problem(im, r->file, r->line,
			    "a program is not started here: ", line.s,
			    (char *)0);
	} else if (*s == '/' || *s == '.') {
		if (s[len - 1] == '/')
			maildir(q, s, len, domain);
		else
			import_problem(im, r->file, r->line,
			    "a mailbox file is not delivered to here: ",
			    line.s, (char *)0);
	} else if (*s == '&') {
		if (len > 1)
			add(q, s + 1, len - 1, domain);
	} else {
		add(q, s, len, domain);
	}
	sa_free(&line);
}

void
import_qmail(struct import *im, struct qmail_file *q, const char *path,
    const char *domain)
{
	struct line_reader r;
	unsigned column;
	const char *s;
	size_t len;

	*q = (struct qmail_file){ 0 };
	sa_0(&q->targets);
	if (!import_read(im, &r, path))
		return;
	q->found = true;
	while (line_next(&r, &s, &len, &column))
		take(im, q, &r, s, len, domain);
	import_read_end(im, &r);
}
