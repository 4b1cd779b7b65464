/* SPDX-License-Identifier: ISC */
#include "admin/admin_json.h"

#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 20 /* of a number */

static int
fail(struct json *j, const char *what)
{
	j->error = what;
	return -1;
}

static void
skip(struct json *j)
{
	while (j->s < j->end && (*j->s == ' ' || *j->s == '\t' ||
	    *j->s == '\n' || *j->s == '\r'))
		j->s++;
}

/* Is it this character?  Then steps over it. */
static bool
take(struct json *j, char c)
{
	skip(j);
	if (j->s == j->end || *j->s != c)
		return false;
	j->s++;
	return true;
}

void
json_open(struct json *j, const char *text, size_t len)
{
	*j = (struct json){ .s = text, .end = text + len, .start = text };
}

unsigned long
json_column(const struct json *j)
{
	return (unsigned long)(j->s - j->start) + 1;
}

static int
hex4(struct json *j, uint32_t *n)
{
	int i;
	char c;

	for (*n = 0, i = 0; i < 4; i++, j->s++) {
		c = j->s < j->end ? *j->s : 0;
		if (c >= '0' && c <= '9')
			*n = *n << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*n = *n << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return fail(j, "\\u wants four hexadecimal digits");
	}
	return 0;
}

static void
cat_utf8(stralloc *out, uint32_t n)
{
	if (n < 0x80) {
		sa_append(out, (char)n);
		return;
	}
	if (n < 0x800) {
		sa_append(out, (char)(0xc0 | n >> 6));
	} else if (n < 0x10000) {
		sa_append(out, (char)(0xe0 | n >> 12));
		sa_append(out, (char)(0x80 | (n >> 6 & 0x3f)));
	} else {
		sa_append(out, (char)(0xf0 | n >> 18));
		sa_append(out, (char)(0x80 | (n >> 12 & 0x3f)));
		sa_append(out, (char)(0x80 | (n >> 6 & 0x3f)));
	}
	sa_append(out, (char)(0x80 | (n & 0x3f)));
}

/* Behind "\u"; two of them make a character beyond 0xffff. */
static int
unicode(struct json *j, stralloc *out)
{
	uint32_t n, low;

	if (hex4(j, &n) == -1)
		return -1;
	if (n >= 0xd800 && n < 0xdc00) {
		if (j->end - j->s < 2 || j->s[0] != '\\' || j->s[1] != 'u')
			return fail(j, "half a character");
		j->s += 2;
		if (hex4(j, &low) == -1)
			return -1;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(j, "half a character");
		n = 0x10000 + ((n - 0xd800) << 10) + (low - 0xdc00);
	} else if (n >= 0xdc00 && n < 0xe000) {
		return fail(j, "half a character");
	}
	if (n == 0)
		return fail(j, "no NUL in a string");
	cat_utf8(out, n);
	return 0;
}

static int
escape(struct json *j, stralloc *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p;

	if (j->s == j->end)
		return fail(j, "the string does not end");
	if (*j->s == 'u') {
		j->s++;
		return unicode(j, out);
	}
	p = *j->s ? strchr(from, *j->s) : NULL;
	if (!p)
		return fail(j, "no such escape");
	j->s++;
	sa_append(out, to[p - from]);
	return 0;
}

/* Behind its first quote. */
static int
string(struct json *j, stralloc *out)
{
	sa_clear(out);
	for (;;) {
		if (j->s == j->end)
			return fail(j, "the string does not end");
		if (*j->s == '"')
			break;
		if ((unsigned char)*j->s < 0x20)
			return fail(j, "a control character in a string");
		if (*j->s == '\\') {
			j->s++;
			if (escape(j, out) == -1)
				return -1;
			continue;
		}
		sa_append(out, *j->s++);
	}
	j->s++;
	sa_0(out);
	return 0;
}

int
json_key(struct json *j, stralloc *key)
{
	bool first = j->state == JSON_BEGIN;

	if (first && !take(j, '{'))
		return fail(j, "write one object, {\"command\":...}");
	if (take(j, '}')) {
		skip(j);
		return j->s == j->end ? 0 : fail(j, "nothing may follow");
	}
	if (!first && !take(j, ','))
		return fail(j, "a comma or } is missing");
	if (!take(j, '"'))
		return fail(j, "a \"key\" is missing");
	if (string(j, key) == -1)
		return -1;
	j->state = JSON_KEY;
	return take(j, ':') ? 1 : fail(j, "a colon is missing");
}

static bool
word(struct json *j, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(j->end - j->s) < n || memcmp(j->s, w, n) != 0)
		return false;
	j->s += n;
	return true;
}

static int
number(struct json *j, stralloc *out)
{
	int n;

	sa_clear(out);
	for (n = 0; j->s < j->end && *j->s >= '0' && *j->s <= '9'; n++)
		sa_append(out, *j->s++);
	if (!n || n > DIGITS_MAX ||
	    (j->s < j->end && strchr(".eE", *j->s)))
		return fail(j, "write a string, a whole number, true, false, "
			       "null or an array of strings");
	sa_0(out);
	return 0;
}

static int
scalar(struct json *j, enum json_type *type, stralloc *out)
{
	*type = JSON_TEXT;
	if (take(j, '"'))
		return string(j, out) == -1 ? -1 : 1;
	if (word(j, "true"))
		*type = JSON_TRUE;
	else if (word(j, "false"))
		*type = JSON_FALSE;
	else if (word(j, "null"))
		*type = JSON_NULL;
	else
		return number(j, out) == -1 ? -1 : 1;
	return 1;
}

int
json_value(struct json *j, enum json_type *type, stralloc *out)
{
	bool first = j->state == JSON_KEY;
	int r;

	if (j->state == JSON_DONE)
		return 0;
	if (first && !take(j, '[')) {
		j->state = JSON_DONE;
		return scalar(j, type, out);
	}
	j->state = JSON_ITEM;
	if (take(j, ']')) {
		j->state = JSON_DONE;
		return 0;
	}
	if (!first && !take(j, ','))
		return fail(j, "a comma or ] is missing");
	r = scalar(j, type, out);
	if (r == 1 && *type != JSON_TEXT)
		return fail(j, "an array holds strings and numbers");
	return r;
}
