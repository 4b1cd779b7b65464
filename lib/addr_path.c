/* SPDX-License-Identifier: ISC */
#include "lib/addr.h"
#include <string.h>
#include <strings.h>

/* Where the first of these bytes is, outside quotes; len when nowhere. */
static size_t
find_end(const char *s, size_t len, const char *ends)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && s[i] && strchr(ends, s[i]))
			return i;
	}
	return len;
}

/* Bytes of the source route "@a,@b:" that s begins with, 0 when it has none or
 * a broken one (*why). */
static size_t
scan_route(const char *s, size_t len, const char **why)
{
	size_t i, start = 1;

	for (i = 1; i < len; i++) {
		if (s[i] != ',' && s[i] != ':')
			continue;
		if (!addr_is_domain(s + start, i - start))
			break;
		if (s[i] == ':')
			return i + 1;
		if (i + 1 == len || s[i + 1] != '@')
			break;
		start = i + 2;
		i++;
	}
	*why = "a broken source route";
	return 0;
}

static int
parse_mailbox(stralloc *out, const char *s, size_t len, const char **why)
{
	static const char postmaster[] = "postmaster";
	size_t skip = 0;

	if (len && s[0] == '@') {
		skip = scan_route(s, len, why);
		if (!skip)
			return 0;
		s += skip;
		len -= skip;
	}
	if (!(!skip && len == sizeof(postmaster) - 1 &&
		strncasecmp(s, postmaster, len) == 0) &&
	    !addr_check(s, len, why))
		return 0;
	if (s[len - 1] == '.')
		len--;
	sa_copyb(out, s, len);
	return 1;
}

int
addr_parse_path(
    stralloc *out, const char *s, size_t len, size_t *used, const char **why)
{
	size_t n;

	sa_clear(out);
	*used = 0;
	if (!len || s[0] != '<') {
		n = find_end(s, len, " \t");
		*used = n;
		*why = "no address";
		return n ? parse_mailbox(out, s, n, why) : 0;
	}
	n = find_end(s + 1, len - 1, ">");
	*used = n + 2;
	*why = "no closing >";
	if (n == len - 1)
		return 0;
	return n ? parse_mailbox(out, s + 1, n, why) : 1;
}
