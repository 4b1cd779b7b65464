/* SPDX-License-Identifier: ISC */
#include "deliver/reply.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include "cdb-tools/cdb-tools.h"
#include "deliver/answered.h"
#include "deliver/automatic.h"
#include "deliver/list.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define DAY_SECONDS 86400
#define DAYS_MAX    365

/* A header line's value: "Name: value", NUL-ended, or NULL. */
static const char *
value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	return line + n + 1 + strspn(line + n + 1, " \t");
}

/* true: it is a header line of ours. */
static bool
take_header(struct reply *r, const char *line)
{
	const char *v;
	long n;

	if ((v = value_of(line, "Subject"))) {
		r->subject = *v ? v : NULL;
	} else if ((v = value_of(line, "From-Date"))) {
		snprintf(r->from, sizeof r->from, "%s", v);
	} else if ((v = value_of(line, "Until-Date"))) {
		snprintf(r->until, sizeof r->until, "%s", v);
	} else if ((v = value_of(line, "Days"))) {
		n = strtol(v, NULL, 10);
		if (n >= 1 && n <= DAYS_MAX)
			r->days = (unsigned)n;
	} else {
		return false;
	}
	return true;
}

void
reply_parse(struct reply *r, char *s, size_t len)
{
	char *end = s + len, *nl;
	bool first = true;

	*r = (struct reply){ .days = REPLY_DAYS, .text = s, .text_len = len };
	while (s < end && (nl = memchr(s, '\n', (size_t)(end - s)))) {
		if (nl == s || (nl == s + 1 && *s == '\r')) { /* blank */
			s = nl + 1;
			break;
		}
		*nl = 0;
		if (nl[-1] == '\r')
			nl[-1] = 0;
		if (!take_header(r, s) && first) {
			*nl = '\n'; /* there is no header */
			return;
		}
		first = false;
		s = nl + 1;
	}
	r->text = s;
	r->text_len = (size_t)(end - s);
}

bool
reply_is_on(const struct reply *r, const char *today)
{
	return (!*r->from || strcmp(today, r->from) >= 0) &&
	       (!*r->until || strcmp(today, r->until) <= 0);
}

static void
today(char out[11], uint64_t now)
{
	time_t t = (time_t)now;
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(out, 11, "%Y-%m-%d", &tm))
		out[0] = 0;
}

void
reply_prepare(struct local_job *job)
{
	char path[sizeof "tmp/" + MAILDIR_NAME_MAX];

	if (alias_reply(local_aliases(), job->mailbox) != 1)
		return;
	if (job->op == 'L') {
		job->fd = fcntl(job->message, F_DUPFD_CLOEXEC, 0);
		return;
	}
	snprintf(path, sizeof path, "tmp/%s", job->name);
	job->fd = openat(job->folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* The sender and the address it came to, of our own two lines on top. */
static bool
read_ends(stralloc *sender, stralloc *to, const struct header *h)
{
	if (!header_get(sender, h, "Return-Path") || sender->len < 3 ||
	    *sender->s != '<' || !header_get(to, h, "Delivered-To"))
		return false;
	memmove(sender->s, sender->s + 1, sender->len - 2);
	sender->len -= 2;
	sa_0(sender);
	return true;
}

/* It came to one of the mailbox's own addresses, which the sender wrote, and
 * from somebody else. */
static bool
is_personal(const struct local_job *job, const struct header *h,
    const char *sender, const char *to)
{
	struct alias_answer a = { 0 };
	bool ok;

	ok = alias_resolve(&a, local_aliases(), to, strlen(to), NULL, NULL) ==
		 ALIAS_MAILBOX &&
	     !a.catchall && strcmp(a.target.s, job->mailbox) == 0 &&
	     (header_names(h, "To", to) || header_names(h, "Cc", to));
	if (ok && alias_resolve(&a, local_aliases(), sender, strlen(sender),
		      NULL, NULL) == ALIAS_MAILBOX)
		ok = strcmp(a.target.s, job->mailbox) != 0;
	alias_answer_free(&a);
	return ok;
}

/* The same person in capitals, or with a tag of today, is no other one. */
static bool
note(const struct local_job *job, const char *sender, unsigned days)
{
	char path[sizeof "mail//postern-answered" + ADDR_MAILBOX_MAX];
	stralloc who = { 0 };
	int rc;

	snprintf(path, sizeof path, "mail/%s/postern-answered", job->mailbox);
	list_person(&who, sender);
	rc = answered_note(path, who.s, clock_wall_s(),
	    (uint64_t)days * DAY_SECONDS, 0);
	sa_free(&who);
	if (rc == -1)
		log_warnsys("unable to note a reply in ", path);
	return rc == 1;
}

static int
reply_to(struct local_job *job, int conn, const struct header *h,
    const char *sender, const char *to)
{
	char path[sizeof "etc/replies/" + ADDR_MAILBOX_MAX], day[11];
	struct automatic a = { .from = to, .to = sender, .more = "", .h = h,
		.about = job->name };
	stralloc text = { 0 };
	struct reply r;
	int rc = 0;

	snprintf(path, sizeof path, "etc/replies/%s", job->mailbox);
	today(day, clock_wall_s());
	if (safefile_read(&text, path, REPLY_TEXT_MAX) != 1)
		goto out;
	sa_0(&text);
	reply_parse(&r, text.s, text.len);
	if (!reply_is_on(&r, day) || !note(job, sender, r.days))
		goto out;
	a.subject = r.subject;
	a.text = r.text;
	a.text_len = r.text_len;
	log_event("replied", "mailbox", job->mailbox, "from", to, "to",
	    sender);
	rc = automatic_answer(job, conn, &a) == 0 ? 1 : -1;
out:
	sa_free(&text);
	return rc;
}

int
reply_make(struct local_job *job, int conn)
{
	static char buf[HEADER_MAX];
	stralloc sender = { 0 }, to = { 0 };
	struct header h;
	struct stat st;
	int rc = 0;

	if (job->fd == -1 || fstat(job->fd, &st) == -1 ||
	    header_read(&h, buf, job->fd, 0, (uint64_t)st.st_size) == -1)
		return 0;
	if (read_ends(&sender, &to, &h) && !automatic_never(sender.s, &h) &&
	    is_personal(job, &h, sender.s, to.s))
		rc = reply_to(job, conn, &h, sender.s, to.s);
	sa_free(&sender);
	sa_free(&to);
	return rc;
}
