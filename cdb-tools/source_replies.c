/* SPDX-License-Identifier: ISC */
/* etc/replies/: is each file a mailbox's, and can it be understood? */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cdb-tools/source_parts.h"
#include "lib/log.h"
#include "lib/safefile.h"

#define REPLIES_DIR "etc/replies"
#define REPLY_MAX   65536 /* bytes of one */
#define DAYS_MAX    365
#define REPLY_LINE_MAX 998 /* bytes: RFC 5322 section 2.1.1 */

/* A reply on its way through the checks. */
struct reply {
	struct source *src;
	const char *file;
	unsigned long line;
	unsigned seen;        /* headers, a bit each */
	char from[11], until[11];
	unsigned until_column;
	unsigned long until_line;
};

static void
complain(struct reply *r, size_t column, const char *what)
{
	line_error(&r->src->errors, r->file, r->line, (unsigned)column, what,
	    (char *)0);
}

/* The next line of s, its end (LF or CRLF) left out; false at the end. */
static bool
take_line(struct reply *r, const char **s, const char *end, const char **line,
    size_t *len)
{
	const char *nl;

	if (*s >= end)
		return false;
	nl = memchr(*s, '\n', (size_t)(end - *s));
	*line = *s;
	*len = (size_t)((nl ? nl : end) - *s);
	*s = nl ? nl + 1 : end;
	if (*len && (*line)[*len - 1] == '\r')
		--*len;
	r->line++;
	return true;
}

static int
two_digits(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

static const char *
take_date(char out[11], const char *s, size_t len)
{
	static const char form[] = "dddd-dd-dd";
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	static const char wrong[] = "not a date; write it as 2026-12-31";
	int year, month, last;
	size_t i;

	if (len != 10)
		return wrong;
	for (i = 0; i < 10; i++)
		if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != '-')
			return wrong;
	year = two_digits(s) * 100 + two_digits(s + 2);
	month = two_digits(s + 5);
	if (month < 1 || month > 12)
		return wrong;
	last = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0))
		last++;
	if (two_digits(s + 8) < 1 || two_digits(s + 8) > last)
		return "there is no such day; write it as 2026-12-31";
	memcpy(out, s, 10);
	out[10] = 0;
	return NULL;
}

static const char *
check_days(const char *s, size_t len)
{
	size_t i;
	int n = 0;

	for (i = 0; i < len && i < 4 && s[i] >= '0' && s[i] <= '9'; i++)
		n = n * 10 + s[i] - '0';
	return i == len && len < 4 && n >= 1 && n <= DAYS_MAX
		   ? NULL
		   : "not a number of days; write 1 to 365";
}

enum { SUBJECT, FROM, UNTIL, DAYS, HEADERS };

static const char *
check_value(struct reply *r, unsigned which, const char *v, size_t n)
{
	if (which == FROM)
		return take_date(r->from, v, n);
	if (which == UNTIL)
		return take_date(r->until, v, n);
	if (which == DAYS)
		return check_days(v, n);
	return n ? NULL : "an empty Subject; write one, or remove the line";
}

/* One header line, checked; false: it is none. */
static bool
take_header(struct reply *r, const char *line, size_t len)
{
	static const char *const names[HEADERS] = { "Subject:", "From-Date:",
		"Until-Date:", "Days:" };
	const char *fault;
	unsigned i;
	size_t n;

	for (i = 0; i < HEADERS; i++)
		if (len >= strlen(names[i]) &&
		    !strncasecmp(line, names[i], strlen(names[i])))
			break;
	if (i == HEADERS)
		return false;
	for (n = strlen(names[i]); n < len && strchr(" \t", line[n]); n++)
		;
	while (len > n && strchr(" \t", line[len - 1]))
		len--;
	if (i == UNTIL) {
		r->until_line = r->line;
		r->until_column = (unsigned)n + 1;
	}
	fault = check_value(r, i, line + n, len - n);
	if (fault)
		complain(r, n + 1, fault);
	if (r->seen & 1u << i)
		complain(r, 1, "this header line stands here for the second "
			       "time; remove one of the two");
	r->seen |= 1u << i;
	return true;
}

/* What cannot go into a mail. */
static void
check_line(struct reply *r, const char *line, size_t len)
{
	size_t where;
	const char *fault = line_fault(line, len, &where);

	if (fault)
		complain(r, where + 1, fault);
	else if (len > REPLY_LINE_MAX)
		complain(r, REPLY_LINE_MAX + 1,
		    "the line is longer than 998 bytes, which no mail may "
		    "have; break it");
}

static void
check_reply(struct reply *r, const stralloc *text)
{
	const char *s = text->s, *end = s + text->len, *line;
	bool header = true, said = false;
	size_t len;

	while (take_line(r, &s, end, &line, &len)) {
		check_line(r, line, len);
		if (header && len && take_header(r, line, len))
			continue;
		if (header && len && r->line > 1)
			complain(r, 1,
			    "not a header line of ours (Subject:, From-Date:, "
			    "Until-Date:, Days:); write a blank line before "
			    "the text");
		else
			header = false;
		said |= !header && strspn(line, " \t") < len;
	}
	if (*r->from && *r->until && strcmp(r->from, r->until) > 0)
		line_error(&r->src->errors, r->file, r->until_line,
		    r->until_column, "Until-Date is before From-Date, so that "
		    "nobody is ever answered; write a later day", (char *)0);
	if (header || !said) {
		r->line += !r->line;
		complain(r, 1, "no text; write what the reply says (behind a "
			       "blank line), or remove the file");
	}
}

static void
take_reply(struct source *src, const char *name)
{
	stralloc path = { 0 }, text = { 0 };
	struct line_reader r = { .line = 1 };
	struct reply reply = { .src = src };
	size_t len = strlen(name);
	long id;

	/* hidden files and editors' copies */
	if (name[0] == '.' || name[len - 1] == '~' || name[0] == '#')
		return;
	sa_copys(&path, REPLIES_DIR "/");
	sa_cat0(&path, name);
	r.file = path.s;
	id = source_mailbox(
	    src, &r, 1, "a file here is named as its mailbox: ", name, len);
	if (id == -1)
		goto out;
	if (safefile_read(&text, path.s, REPLY_MAX) == -1) {
		line_error(&src->errors, path.s, 1, 1,
		    "cannot be read: ", strerror(errno), (char *)0);
		goto out;
	}
	reply.file = path.s;
	check_reply(&reply, &text);
	name = names_get(&src->mailboxes, id, &len);
	names_add(&src->replies, name, len, 1, &id);
out:
	sa_free(&path);
	sa_free(&text);
}

void
source_read_replies(struct source *src)
{
	struct dirent *e;
	DIR *d = opendir(REPLIES_DIR);

	if (!d) {
		if (errno != ENOENT)
			log_fatalsys(111, "unable to read " REPLIES_DIR);
		return;
	}
	while ((e = readdir(d)))
		take_reply(src, e->d_name);
	closedir(d);
}
