/* SPDX-License-Identifier: ISC */
#include "smtpd/headers.h"

#include <case.h>
#include <string.h>

/* Length of the field name of a line, or 0: no field.  A blank before the colon
 * is obsolete but read by everybody (RFC 5322 section 4.5). */
static size_t
field_name(const char *s, size_t len, const char **body)
{
	size_t n = 0, colon;

	while (n < len && s[n] > ' ' && s[n] <= '~' && s[n] != ':')
		n++;
	for (colon = n; colon < len && (s[colon] == ' ' || s[colon] == '\t');)
		colon++;
	if (!n || colon == len || s[colon] != ':')
		return 0;
	*body = s + colon + 1;
	return n;
}

static bool
name_is(const char *s, size_t n, const char *name)
{
	return strlen(name) == n && case_equalb(s, n, name);
}

/* line[0..len) without its LF.  false: the header ends before it. */
static bool
take_line(struct headers *h, const char *s, const char *line, size_t len)
{
	const char *body;
	size_t n;

	if (len && (line[0] == ' ' || line[0] == '\t')) {
		if (h->in_from)
			h->from_len = (size_t)(line + len - s) - h->from_pos;
		return h->pos > 0;
	}
	n = field_name(line, len, &body);
	if (!n)
		return false;
	h->in_from = name_is(line, n, "From");
	if (h->in_from) {
		h->from++;
		h->from_pos = (size_t)(body - s);
		h->from_len = (size_t)(line + len - body);
	}
	h->received += name_is(line, n, "Received");
	h->date += name_is(line, n, "Date");
	h->message_id += name_is(line, n, "Message-ID");
	return true;
}

int
headers_scan(struct headers *h, const char *s, size_t len)
{
	const char *line, *lf;

	while (h->pos < len) {
		line = s + h->pos;
		lf = memchr(line, '\n', len - h->pos);
		if (!lf)
			return 0;
		h->blank = lf == line;
		if (h->blank || !take_line(h, s, line, (size_t)(lf - line)))
			return 1;
		h->pos = (size_t)(lf + 1 - s);
	}
	return 0;
}
