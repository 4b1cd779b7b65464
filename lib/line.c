/* SPDX-License-Identifier: ISC */
#include "lib/line.h"
#include <stdarg.h>
#include <string.h>
#include "lib/safefile.h"

void
line_error(struct line_errors *e, const char *file, unsigned long line,
    unsigned column, ...)
{
	const char *s;
	va_list ap;

	if (++e->n > LINE_ERRORS_SHOWN)
		return;
	sa_cats(&e->text, file);
	sa_append(&e->text, ':');
	sa_catul(&e->text, line);
	if (column) {
		sa_append(&e->text, ':');
		sa_catul(&e->text, column);
	}
	sa_cats(&e->text, ": ");
	va_start(ap, column);
	while ((s = va_arg(ap, const char *)))
		sa_cats(&e->text, s);
	va_end(ap);
	sa_append(&e->text, '\n');
	sa_0(&e->text);
}

void
line_errors_free(struct line_errors *e)
{
	sa_free(&e->text);
	e->n = 0;
}

int
line_open(struct line_reader *r, const char *file, size_t max,
    struct line_errors *errors)
{
	int rc;

	*r = (struct line_reader){ .file = file, .errors = errors };
	rc = safefile_read(&r->text, file, max);
	if (rc != 1)
		return rc;
	/* what some editors put in front of UTF-8 */
	if (r->text.len >= 3 && memcmp(r->text.s, "\xef\xbb\xbf", 3) == 0)
		r->pos = 3;
	return 1;
}

void
line_close(struct line_reader *r)
{
	sa_free(&r->text);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes of the UTF-8 character at s (not ASCII), 0 when it is none: too long,
 * a surrogate, past U+10FFFF, cut short. */
static size_t
utf8_len(const unsigned char *s, size_t len)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t i, n;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	if (len < n || s[1] < lo || s[1] > hi)
		return 0;
	for (i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

const char *
line_fault(const char *s, size_t len, size_t *where)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t i, n;

	*where = LINE_MAX_BYTES;
	if (len > LINE_MAX_BYTES)
		return "the line is longer than 4096 bytes; split it into "
		       "several entries";
	for (i = 0; i < len; i += n) {
		*where = i;
		n = 1;
		if (u[i] == 0)
			return "a NUL byte; this is no text file, or it was "
			       "damaged: write the line anew";
		if ((u[i] < 0x20 && u[i] != '\t') || u[i] == 0x7f)
			return "a control character; remove it";
		if (u[i] >= 0x80 && !(n = utf8_len(u + i, len - i)))
			return "not UTF-8; save the file as UTF-8";
	}
	return NULL;
}

/* The next line without its end; 0 when there is none. */
static int
take_line(struct line_reader *r, const char **s, size_t *len)
{
	const char *end;

	if (r->pos >= r->text.len)
		return 0;
	*s = r->text.s + r->pos;
	*len = r->text.len - r->pos;
	end = memchr(*s, '\n', *len);
	if (end) {
		*len = (size_t)(end - *s);
		r->pos++;
	}
	r->pos += *len;
	r->line++;
	if (*len && (*s)[*len - 1] == '\r')
		--*len;
	return 1;
}

static void
trim_end(const char *s, size_t *len)
{
	while (*len && is_blank(s[*len - 1]))
		--*len;
}

static void
trim_start(const char **s, size_t *len, unsigned *column)
{
	while (*len && is_blank(**s)) {
		++*s;
		--*len;
		++*column;
	}
}

int
line_next(struct line_reader *r, const char **s, size_t *len, unsigned *column)
{
	const char *fault;
	size_t where;

	while (take_line(r, s, len)) {
		fault = line_fault(*s, *len, &where);
		if (fault) {
			line_error(r->errors, r->file, r->line,
			    (unsigned)where + 1, fault, (char *)0);
			continue;
		}
		*column = 1;
		trim_end(*s, len);
		trim_start(s, len, column);
		if (*len && **s != '#')
			return 1;
	}
	return 0;
}

/* Bytes of the quoted string or bracketed literal at s, else 1; an opening
 * without its closing counts as an ordinary byte.  Addresses hold both. */
static size_t
span(const char *s, size_t len)
{
	char close = s[0] == '"' ? '"' : ']';
	size_t i;

	if (s[0] != '"' && s[0] != '[')
		return 1;
	for (i = 1; i < len; i++) {
		if (s[i] == '\\' && close == '"')
			i++;
		else if (s[i] == close)
			return i + 1;
	}
	return 1;
}

/* The first ':' (with a blank or the end behind it, when so asked), or len. */
static size_t
find_colon(const char *s, size_t len, bool blank_behind)
{
	size_t i;

	for (i = 0; i < len; i += span(s + i, len - i))
		if (s[i] == ':' &&
		    (!blank_behind || i + 1 == len || is_blank(s[i + 1])))
			return i;
	return len;
}

int
line_pair(const char *s, size_t len, unsigned column, const char **key,
    size_t *klen, const char **value, size_t *vlen, unsigned *vcol)
{
	size_t colon = find_colon(s, len, true);
	unsigned kcol = column;

	if (colon == len)
		colon = find_colon(s, len, false);
	if (colon == len)
		return 0;
	*key = s;
	*klen = colon;
	trim_end(*key, klen);
	trim_start(key, klen, &kcol);
	*value = s + colon + 1;
	*vlen = len - colon - 1;
	*vcol = column + (unsigned)colon + 1;
	trim_end(*value, vlen);
	trim_start(value, vlen, vcol);
	return *klen != 0;
}

static bool
is_separator(char c, bool comma)
{
	return is_blank(c) || (comma && c == ',');
}

int
line_item(const char **s, size_t *len, unsigned *column, bool comma,
    const char **item, size_t *ilen, unsigned *icol)
{
	size_t i = 0;

	while (*len && is_separator(**s, comma)) {
		++*s;
		--*len;
		++*column;
	}
	if (!*len)
		return 0;
	while (i < *len && !is_separator((*s)[i], comma))
		i += span(*s + i, *len - i);
	*item = *s;
	*ilen = i;
	*icol = *column;
	*s += i;
	*len -= i;
	*column += (unsigned)i;
	return 1;
}
