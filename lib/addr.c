/* SPDX-License-Identifier: ISC */
#include "lib/addr.h"
#include <string.h>
#include <strings.h>
#include "lib/ip.h"
#include "lib/text.h"

#define LABEL_MAX 63 /* bytes between two dots */

/* RFC 5321 section 4.1.2, RFC 5322 section 3.2.3. */
static bool
is_atext(char c)
{
	return text_is_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static const char *
why_not_atext(char c)
{
	unsigned char u = (unsigned char)c;

	if (u >= 0x80)
		return "a byte that is not ASCII (SMTPUTF8 is not offered)";
	if (u < 0x20 || u == 0x7f)
		return "a control character";
	if (u == ' ')
		return "a space";
	return "a character that needs a quoted local part";
}

/* Bytes of the dot-string at s, as far as it goes; 0 with *why. */
static size_t
scan_dots(const char *s, size_t len, const char **why)
{
	size_t i;

	for (i = 0; i < len && (is_atext(s[i]) || s[i] == '.'); i++) {
		if (s[i] == '.' && (i == 0 || s[i - 1] == '.')) {
			*why = i ? "two dots in a row in the local part"
				 : "the local part begins with a dot";
			return 0;
		}
	}
	if (i && s[i - 1] == '.') {
		*why = "the local part ends with a dot";
		return 0;
	}
	if (!i)
		*why = len && s[0] != '@' ? why_not_atext(s[0])
					  : "nothing before the @";
	return i;
}

/* Bytes of the quoted string at s, quotes included; 0 with *why. */
static size_t
scan_quoted(const char *s, size_t len, const char **why)
{
	size_t i;

	for (i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"')
			return i + 1;
		if (c == '\\' && i + 1 < len)
			c = (unsigned char)s[++i];
		if (c < 0x20 || c >= 0x7f) {
			*why = why_not_atext((char)c);
			return 0;
		}
	}
	*why = "a quoted local part without its closing quote";
	return 0;
}

static size_t
scan_local(const char *s, size_t len, const char **why)
{
	size_t n = len && s[0] == '"' ? scan_quoted(s, len, why)
				      : scan_dots(s, len, why);

	if (n > ADDR_LOCAL_MAX) {
		*why = "the local part is longer than 255 bytes";
		return 0;
	}
	return n;
}

static bool
is_label(const char *s, size_t len)
{
	size_t i;

	if (!len || len > LABEL_MAX || s[0] == '-' || s[len - 1] == '-')
		return false;
	for (i = 0; i < len; i++)
		if (!text_is_alnum(s[i]) && s[i] != '-')
			return false;
	return true;
}

static bool
is_digits(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] < '0' || s[i] > '9')
			return false;
	return true;
}

bool
addr_is_domain(const char *s, size_t len)
{
	size_t i, start = 0;

	if (!len || len > ADDR_DOMAIN_MAX)
		return false;
	for (i = 0; i <= len; i++) {
		if (i < len && s[i] != '.')
			continue;
		if (!is_label(s + start, i - start))
			return false;
		if (i < len)
			start = i + 1;
	}
	/* 192.0.2.1 without brackets: no top-level domain is a number */
	return !is_digits(s + start, len - start);
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]", whole. */
static bool
is_literal(const char *s, size_t len)
{
	char text[IP_TEXT_SIZE];
	bool v6 = len > 6 && strncasecmp(s, "[IPv6:", 6) == 0;
	size_t skip = v6 ? 6 : 1;
	struct ip ip;

	if (len < skip + 2 || s[len - 1] != ']' ||
	    len - skip - 1 >= sizeof(text) || memchr(s, 0, len))
		return false;
	memcpy(text, s + skip, len - skip - 1);
	text[len - skip - 1] = 0;
	return v6 == (strchr(text, ':') != NULL) && ip_parse(&ip, text) == 1;
}

static int
check_domain(const char *s, size_t len, const char **why)
{
	size_t i;

	if (!len) {
		*why = "nothing behind the @";
		return 0;
	}
	if (s[0] == '[') {
		*why = "not an address literal such as [192.0.2.1]";
		return is_literal(s, len);
	}
	if (s[len - 1] == '.')
		len--;
	*why = "the domain is longer than 255 bytes";
	if (len > ADDR_DOMAIN_MAX)
		return 0;
	*why = "the domain is not a valid name";
	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7f)
			*why = why_not_atext(s[i]);
	return addr_is_domain(s, len);
}

int
addr_check(const char *s, size_t len, const char **why)
{
	size_t n = scan_local(s, len, why);

	if (!n)
		return 0;
	if (n == len) {
		*why = "no @ and domain";
		return 0;
	}
	if (s[n] != '@') {
		*why = s[0] == '"' ? "no @ behind the closing quote"
				   : why_not_atext(s[n]);
		return 0;
	}
	if (len - (s[len - 1] == '.') > ADDR_MAX) {
		*why = "the address is longer than 320 bytes";
		return 0;
	}
	return check_domain(s + n + 1, len - n - 1, why);
}

size_t
addr_at(const char *s, size_t len)
{
	const char *at = len ? memrchr(s, '@', len) : NULL;

	return at ? (size_t)(at - s) : len;
}

/* The local part's bytes as meant: without quotes and backslashes. */
static void
unquote(stralloc *out, const char *s, size_t len)
{
	size_t i;

	sa_clear(out);
	for (i = 1; i + 1 < len; i++) {
		if (s[i] == '\\' && i + 2 < len)
			i++;
		sa_append(out, s[i]);
	}
}

static void
cat_quoted(stralloc *out, const stralloc *plain)
{
	size_t i;

	sa_append(out, '"');
	for (i = 0; i < plain->len; i++) {
		if (plain->s[i] == '"' || plain->s[i] == '\\')
			sa_append(out, '\\');
		sa_append(out, plain->s[i]);
	}
	sa_append(out, '"');
}

void
addr_envelope(stralloc *out, const char *s, size_t len)
{
	size_t at = addr_at(s, len), i;
	stralloc plain = { 0 };
	const char *why;

	sa_clear(out);
	if (at >= 2 && s[0] == '"') {
		unquote(&plain, s, at);
		if (plain.len &&
		    scan_dots(plain.s, plain.len, &why) == plain.len)
			sa_cat(out, &plain);
		else
			cat_quoted(out, &plain);
	} else {
		sa_catb(out, s, at);
	}
	sa_free(&plain);
	if (at < len && s[len - 1] == '.')
		len--;
	i = out->len;
	sa_catb(out, s + at, len - at);
	for (; i < out->len; i++)
		out->s[i] = text_lower(out->s[i]);
}

void
addr_normalise(stralloc *out, const char *s, size_t len)
{
	addr_envelope(out, s, len);
	sa_lower(out);
}

bool
addr_is_mailbox(const char *s, size_t len)
{
	size_t i;

	if (!len || len > ADDR_MAILBOX_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if ((s[i] >= 'a' && s[i] <= 'z') ||
		    (s[i] >= '0' && s[i] <= '9'))
			continue;
		if (i == 0 || !s[i] || !strchr("._-", s[i]))
			return false;
		if (s[i] == '.' && s[i - 1] == '.')
			return false;
	}
	return true;
}
