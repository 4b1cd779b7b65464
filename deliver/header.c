/* SPDX-License-Identifier: ISC */
#include "deliver/header.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "lib/addr.h"

void
header_of(struct header *h, const char *s, size_t len)
{
	size_t i;

	h->s = s;
	h->len = len;
	if (len && s[0] == '\n')
		h->len = 0;
	for (i = 0; i + 1 < len; i++)
		if (s[i] == '\n' && s[i + 1] == '\n') {
			h->len = i + 1;
			return;
		}
}

int
header_read(struct header *h, char *buf, int fd, uint64_t offset, uint64_t size)
{
	size_t want = size < HEADER_MAX ? (size_t)size : HEADER_MAX, have = 0;
	ssize_t n;

	while (have < want) {
		n = pread(fd, buf + have, want - have, (off_t)(offset + have));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	header_of(h, buf, have);
	return 0;
}

/* The next field at *at, folded lines and all; false at the end. */
static bool
next_field(const struct header *h, size_t *at, const char **s, size_t *len)
{
	size_t i = *at;

	if (i >= h->len)
		return false;
	do {
		while (i < h->len && h->s[i] != '\n')
			i++;
		i += i < h->len;
	} while (i < h->len && (h->s[i] == ' ' || h->s[i] == '\t'));
	*s = h->s + *at;
	*len = i - *at;
	*at = i;
	return true;
}

/* Is it "name:", or only so begun?  Where the value starts, or 0. */
static size_t
is_field(const char *s, size_t len, const char *name, bool begun)
{
	size_t n = strlen(name);

	if (len < n || strncasecmp(s, name, n) != 0)
		return 0;
	if (begun)
		return n;
	while (n < len && (s[n] == ' ' || s[n] == '\t'))
		n++;
	return n < len && s[n] == ':' ? n + 1 : 0;
}

static void
unfold(stralloc *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] && s[i] != '\n' && s[i] != '\r')
			sa_append(out, s[i] == '\t' ? ' ' : s[i]);
	while (out->len && out->s[out->len - 1] == ' ')
		out->len--;
}

/* The next field of that name from *at on, unfolded. */
static bool
get_from(stralloc *out, const struct header *h, const char *name, size_t *at)
{
	const char *s;
	size_t len, n;

	sa_clear(out);
	sa_0(out);
	while (next_field(h, at, &s, &len)) {
		n = is_field(s, len, name, false);
		if (!n)
			continue;
		while (n < len && strchr(" \t\n", s[n]) && s[n])
			n++;
		unfold(out, s + n, len - n);
		sa_0(out);
		return true;
	}
	return false;
}

bool
header_get(stralloc *out, const struct header *h, const char *name)
{
	size_t at = 0;

	return get_from(out, h, name, &at);
}

bool
header_has(const struct header *h, const char *name)
{
	const char *s;
	size_t at = 0, len;

	while (next_field(h, &at, &s, &len))
		if (is_field(s, len, name, true))
			return true;
	return false;
}

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-_.@", c));
}

bool
header_says(const struct header *h, const char *name, const char *word)
{
	size_t at = 0, n = strlen(word);
	stralloc v = { 0 };
	bool found = false;
	const char *p;

	while (n && !found && get_from(&v, h, name, &at))
		for (p = v.s; !found && (p = strcasestr(p, word)); p++)
			found = (p == v.s || !is_word_byte(p[-1])) &&
				!is_word_byte(p[n]);
	sa_free(&v);
	return found;
}

static bool
is_atom(char c)
{
	return c > ' ' && c < 127 && !strchr("()<>,;:\\\"", c);
}

/* Every run of bytes with an '@' in it that may be an address is compared:
 * comments and names are no matter, a hidden one more does no harm. */
static bool
names_it(const char *s, const char *address)
{
	stralloc norm = { 0 };
	const char *start, *why;
	bool found = false;

	while (*s && !found) {
		for (; *s && !is_atom(*s); s++)
			;
		for (start = s; is_atom(*s); s++)
			;
		if (s == start || !addr_check(start, (size_t)(s - start), &why))
			continue;
		addr_envelope(&norm, start, (size_t)(s - start));
		sa_0(&norm);
		found = strcasecmp(norm.s, address) == 0;
	}
	sa_free(&norm);
	return found;
}

bool
header_names(const struct header *h, const char *name, const char *address)
{
	stralloc v = { 0 };
	bool found = false;
	size_t at = 0;

	while (!found && get_from(&v, h, name, &at))
		found = names_it(v.s, address);
	sa_free(&v);
	return found;
}
