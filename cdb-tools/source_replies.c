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

/* The next line of s, its end (LF or CRLF) left out; false at the end. */
static bool
take_line(const char **s, const char *end, const char **line, size_t *len)
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
	return true;
}

/* Is it "Name: value"?  Then the value. */
static const char *
header(const char *line, size_t len, const char *name, size_t *vlen)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	for (n++; n < len && line[n] == ' '; n++)
		;
	*vlen = len - n;
	return line + n;
}

static bool
is_date(const char *s, size_t len)
{
	static const char form[] = "dddd-dd-dd";
	size_t i;
	int month, day;

	if (len != 10)
		return false;
	for (i = 0; i < 10; i++)
		if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != '-')
			return false;
	month = (s[5] - '0') * 10 + s[6] - '0';
	day = (s[8] - '0') * 10 + s[9] - '0';
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool
is_days(const char *s, size_t len)
{
	int n = 0;
	size_t i;

	for (i = 0; i < len && i < 4; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		n = n * 10 + s[i] - '0';
	}
	return len > 0 && len < 4 && n >= 1 && n <= DAYS_MAX;
}

/* What is wrong with this header line, NULL when nothing is. */
static const char *
header_fault(const char *line, size_t len, bool *known)
{
	const char *v;
	size_t n;

	*known = true;
	if ((v = header(line, len, "Subject", &n)))
		return n ? NULL
			 : "an empty Subject; write one, or remove the "
			   "line";
	if ((v = header(line, len, "From-Date", &n)) ||
	    (v = header(line, len, "Until-Date", &n)))
		return is_date(v, n) ? NULL
				     : "not a date; write it as "
				       "2026-12-31";
	if ((v = header(line, len, "Days", &n)))
		return is_days(v, n) ? NULL
				     : "not a number of days; write 1 to "
				       "365";
	*known = false;
	return "not a header line of ours (Subject:, From-Date:, Until-Date:, "
	       "Days:); write a blank line before the text";
}

static void
check_reply(struct source *src, const char *file, const stralloc *text)
{
	const char *s = text->s, *end = s + text->len, *line, *fault;
	unsigned long n = 1;
	bool known;
	size_t len;

	if (take_line(&s, end, &line, &len)) {
		fault = header_fault(line, len, &known);
		while (known || n > 1) {
			if (fault)
				line_error(
				    &src->errors, file, n, 1, fault, (char *)0);
			n++;
			if (!take_line(&s, end, &line, &len) || len == 0)
				break;
			fault = header_fault(line, len, &known);
		}
		if (n == 1)
			s = text->s;
	}
	while (s < end && memchr(" \t\r\n", *s, 4))
		s++;
	if (s == end)
		line_error(&src->errors, file, n, 0,
		    "no text; write what the "
		    "reply says, or remove the file",
		    (char *)0);
}

static void
take_reply(struct source *src, const char *name)
{
	stralloc path = { 0 }, text = { 0 };
	struct line_reader r = { .line = 1 };
	size_t len = strlen(name);
	long id;

	/* hidden files and editors' copies */
	if (name[0] == '.' || name[len - 1] == '~' || name[0] == '#')
		return;
	sa_copys(&path, REPLIES_DIR "/");
	sa_cat0(&path, name);
	r.file = path.s;
	id = source_mailbox(
	    src, &r, 0, "a file here is named as its mailbox: ", name, len);
	if (id == -1)
		goto out;
	if (safefile_read(&text, path.s, REPLY_MAX) == -1) {
		line_error(&src->errors, path.s, 1, 0,
		    "cannot be read: ", strerror(errno), (char *)0);
		goto out;
	}
	check_reply(src, path.s, &text);
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
