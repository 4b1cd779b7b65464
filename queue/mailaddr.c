/* SPDX-License-Identifier: ISC */
#include "queue/mailaddr.h"

#include <stdbool.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Past a quoted string or a comment that begins at i. */
static size_t
skip_quoted(const char *s, size_t len, size_t i)
{
	for (i++; i < len && s[i] != '"'; i++)
		if (s[i] == '\\')
			i++;
	return i < len ? i + 1 : len;
}

static size_t
skip_comment(const char *s, size_t len, size_t i)
{
	unsigned depth = 0;

	for (; i < len; i++) {
		if (s[i] == '\\')
			i++;
		else if (s[i] == '(')
			depth++;
		else if (s[i] == ')' && !--depth)
			return i + 1;
	}
	return len;
}

static size_t
skip_angle(const char *s, size_t len, size_t i)
{
	while (i < len && s[i] != '>')
		i = s[i] == '"' ? skip_quoted(s, len, i) : i + 1;
	return i;
}

/* One element of the list, up to its ',' or ';', or a group's name up to its
 * ':'.  Where the address is: m (len 0: none). */
static size_t
element(struct mailaddr *m, const char *s, size_t len, size_t i)
{
	bool angle = false;
	size_t end;

	m->s = s + i;
	m->len = 0;
	while (i < len && s[i] != ',' && s[i] != ';') {
		if (s[i] == '(') {
			i = skip_comment(s, len, i);
		} else if (s[i] == '<') {
			end = skip_angle(s, len, i);
			m->s = s + i + 1;
			m->len = end - i - 1;
			angle = true;
			i = end < len ? end + 1 : len;
		} else if (s[i] == ':' && !angle) {
			m->len = 0; /* that was the name of a group */
			return i + 1;
		} else if (is_blank(s[i])) {
			i++;
		} else {
			end = s[i] == '"' ? skip_quoted(s, len, i) : i + 1;
			if (!angle) {
				if (!m->len)
					m->s = s + i;
				m->len = (size_t)(s + end - m->s);
			}
			i = end;
		}
	}
	return i < len ? i + 1 : len;
}

int
mailaddr_next(struct mailaddr *m, const char *value, size_t len, size_t *at)
{
	while (*at < len) {
		*at = element(m, value, len, *at);
		while (m->len && is_blank(*m->s)) {
			m->s++;
			m->len--;
		}
		while (m->len && is_blank(m->s[m->len - 1]))
			m->len--;
		if (m->len)
			return 1;
	}
	return 0;
}
