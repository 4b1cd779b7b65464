/* SPDX-License-Identifier: ISC */
#include "deliver/mime_field.h"
#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct text {
	const char *s;
	size_t len, at;
};

static bool
is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static bool
is_name(const char *s, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(s, name, len) == 0;
}

/* What mbox files leave in headers. */
static bool
is_from_line(const char *s, size_t len)
{
	return (len >= 5 && memcmp(s, "From ", 5) == 0) ||
	       (len >= 6 && memcmp(s, ">From ", 6) == 0);
}

enum mime_name
mime_field_name(const char *s, size_t len, size_t *value)
{
	static const struct {
		const char *name;
		enum mime_name which;
	} names[] = { { "Content-Type", MIME_TYPE_FIELD },
		{ "Content-Transfer-Encoding", MIME_ENCODING_FIELD },
		{ "MIME-Version", MIME_VERSION_FIELD } };
	size_t i, n = 0, end;

	*value = 0;
	if (is_from_line(s, len))
		return MIME_OTHER_FIELD;
	while (n < len && s[n] > ' ' && s[n] < 0x7f && s[n] != ':')
		n++;
	for (end = n; end < len && (s[end] == ' ' || s[end] == '\t'); end++)
		;
	if (n == 0 || end == len || s[end] != ':')
		return MIME_NO_FIELD;
	*value = end + 1;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (is_name(s, n, names[i].name))
			return names[i].which;
	return MIME_OTHER_FIELD;
}

/* Behind the comment that begins here. */
static void
skip_comment(struct text *t)
{
	unsigned depth = 0;

	for (; t->at < t->len; t->at++) {
		if (t->s[t->at] == '\\' && t->at + 1 < t->len)
			t->at++;
		else if (t->s[t->at] == '(' && ++depth > MIME_COMMENTS_MAX)
			t->at = t->len - 1;
		else if (t->s[t->at] == ')' && --depth == 0) {
			t->at++;
			return;
		}
	}
}

static void
skip(struct text *t)
{
	while (t->at < t->len) {
		if (t->s[t->at] == '(')
			skip_comment(t);
		else if (is_blank(t->s[t->at]))
			t->at++;
		else
			return;
	}
}

/* Is the next byte ch?  Then it is behind us. */
static bool
take(struct text *t, char ch)
{
	skip(t);
	if (t->at == t->len || t->s[t->at] != ch)
		return false;
	t->at++;
	return true;
}

/* A word up to one of the bytes of end, a blank or a comment: its length. */
static size_t
word(struct text *t, const char **s, const char *end)
{
	skip(t);
	*s = t->s + t->at;
	while (t->at < t->len && !is_blank(t->s[t->at]) &&
	       (t->s[t->at] == 0 || !strchr(end, t->s[t->at])))
		t->at++;
	return (size_t)(t->s + t->at - *s);
}

/* Into out, cut to size; the whole length. */
static size_t
quoted(struct text *t, char *out, size_t size)
{
	size_t n = 0;

	while (t->at < t->len && t->s[t->at] != '"') {
		if (t->s[t->at] == '\\' && t->at + 1 < t->len)
			t->at++;
		if (t->s[t->at] != '\n' && t->s[t->at] != '\r') {
			if (n < size)
				out[n] = t->s[t->at];
			n++;
		}
		t->at++;
	}
	if (t->at < t->len)
		t->at++;
	return n;
}

/* The value of a parameter, which is boundary's or goes nowhere. */
static void
value_of(struct text *t, char *boundary)
{
	char buf[MIME_BOUNDARY_MAX];
	const char *s;
	size_t n;

	if (take(t, '"')) {
		n = quoted(t, buf, sizeof(buf));
		s = buf;
	} else {
		n = word(t, &s, ";(");
	}
	while (n && n <= MIME_BOUNDARY_MAX && s[n - 1] == ' ')
		n--;
	if (!boundary || boundary[0] || n > MIME_BOUNDARY_MAX ||
	    memchr(s, 0, n))
		return;
	memcpy(boundary, s, n);
	boundary[n] = 0;
}

static void
find_boundary(struct text *t, char *boundary)
{
	const char *s;
	size_t n;

	while (t->at < t->len) {
		if (!take(t, ';')) {
			t->at++;
			continue;
		}
		n = word(t, &s, ";=(");
		if (take(t, '='))
			value_of(t, is_name(s, n, "boundary") ? boundary : NULL);
	}
}

enum mime_kind
mime_type_scan(
    char boundary[MIME_BOUNDARY_MAX + 1], const char *value, size_t len)
{
	struct text t = { value, len, 0 };
	const char *type, *sub = "";
	size_t n, nsub = 0;

	boundary[0] = 0;
	n = word(&t, &type, "/;(");
	if (take(&t, '/'))
		nsub = word(&t, &sub, ";(");
	if (is_name(type, n, "message")) {
		if (is_name(sub, nsub, "rfc822") || is_name(sub, nsub, "global"))
			return MIME_MESSAGE;
		return is_name(sub, nsub, "partial") ||
			       is_name(sub, nsub, "external-body")
			   ? MIME_FRAGMENT
			   : MIME_LEAF;
	}
	if (!is_name(type, n, "multipart"))
		return MIME_LEAF;
	find_boundary(&t, boundary);
	if (!boundary[0])
		return MIME_BROKEN;
	if (is_name(sub, nsub, "signed"))
		return MIME_SIGNED;
	return is_name(sub, nsub, "digest") ? MIME_DIGEST : MIME_MULTIPART;
}

enum mime_encoding
mime_encoding_scan(const char *value, size_t len)
{
	static const struct {
		const char *name;
		enum mime_encoding which;
	} names[] = { { "7bit", MIME_7BIT }, { "8bit", MIME_8BIT },
		{ "binary", MIME_8BIT }, { "quoted-printable", MIME_QUOTED },
		{ "base64", MIME_BASE64 }, { "", MIME_7BIT } };
	struct text t = { value, len, 0 };
	const char *s;
	size_t i, n = word(&t, &s, ";(");

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (is_name(s, n, names[i].name))
			return names[i].which;
	return MIME_UNKNOWN;
}
