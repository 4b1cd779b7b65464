/* SPDX-License-Identifier: ISC */
#include "queue/robot.h"

#include <string.h>
#include <strings.h>

struct line {
	const char *s;
	size_t len;
};

static bool
begins(const struct line *l, const char *with)
{
	size_t n = strlen(with);

	return l->len >= n && strncasecmp(l->s, with, n) == 0;
}

/* The value begins with that word, and the word ends there. */
static bool
says(const struct line *l, const char *field, const char *word)
{
	size_t at = strlen(field), n = strlen(word);

	if (!begins(l, field))
		return false;
	while (at < l->len && (l->s[at] == ' ' || l->s[at] == '\t'))
		at++;
	if (l->len - at < n || strncasecmp(l->s + at, word, n) != 0)
		return false;
	at += n;
	return at == l->len || strchr(" \t\r;(", l->s[at]);
}

static bool
line_says(const struct line *l)
{
	if (begins(l, "Auto-Submitted:"))
		return !says(l, "Auto-Submitted:", "no");
	return begins(l, "List-") || says(l, "Precedence:", "list") ||
	    says(l, "Precedence:", "bulk") || says(l, "Precedence:", "junk");
}

bool
robot_wrote(const char *header, size_t len)
{
	struct line l;
	const char *end;

	for (; len; header += l.len + (end ? 1 : 0),
		    len -= l.len + (end ? 1 : 0)) {
		end = memchr(header, '\n', len);
		l.s = header;
		l.len = end ? (size_t)(end - header) : len;
		if (line_says(&l))
			return true;
	}
	return false;
}
