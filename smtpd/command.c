/* SPDX-License-Identifier: ISC */
#include "smtpd/command.h"

#include <case.h>
#include <string.h>
#include "lib/addr.h"
#include "lib/text.h"

#define SIZE_DIGITS_MAX 20 /* RFC 1870 */

static const struct {
	const char *verb;
	enum command id;
} verbs[] = {
	{ "AUTH", COMMAND_AUTH },
	{ "CONNECT", COMMAND_FOREIGN },
	{ "DATA", COMMAND_DATA },
	{ "EHLO", COMMAND_EHLO },
	{ "EXPN", COMMAND_EXPN },
	{ "GET", COMMAND_FOREIGN },
	{ "HELO", COMMAND_HELO },
	{ "HELP", COMMAND_HELP },
	{ "MAIL", COMMAND_MAIL },
	{ "NOOP", COMMAND_NOOP },
	{ "POST", COMMAND_FOREIGN },
	{ "QUIT", COMMAND_QUIT },
	{ "RCPT", COMMAND_RCPT },
	{ "RSET", COMMAND_RSET },
	{ "STARTTLS", COMMAND_STARTTLS },
	{ "VRFY", COMMAND_VRFY },
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

enum command
command_scan(char *line, const char **arg)
{
	size_t n = strcspn(line, " \t"), end = strlen(line), i;
	const char *a = line + n;

	while (end > n && is_blank(line[end - 1]))
		end--;
	line[end] = 0;
	while (is_blank(*a))
		a++;
	*arg = a;
	for (i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strlen(verbs[i].verb) == n &&
		    case_equalb(line, n, verbs[i].verb))
			return verbs[i].id;
	return COMMAND_UNKNOWN;
}

int
command_path(stralloc *out, const char *arg, const char *prefix,
    const char **rest, const char **why)
{
	size_t n = strlen(prefix), used;

	if (!case_equalb(prefix, n, arg)) {
		*why = "the colon and the address are missing";
		return 0;
	}
	arg += n;
	while (is_blank(*arg))
		arg++;
	if (addr_parse_path(out, arg, strlen(arg), &used, why) != 1)
		return 0;
	sa_0(out);
	*rest = arg + used;
	if (**rest && !is_blank(**rest)) {
		*why = "something follows the address without a blank";
		return 0;
	}
	while (is_blank(**rest))
		(*rest)++;
	return 1;
}

static bool
scan_size(uint64_t *size, const char *s, size_t len)
{
	if (!text_scan(size, s, len))
		*size = UINT64_MAX; /* more than there are */
	return len && len <= SIZE_DIGITS_MAX && strspn(s, "0123456789") >= len;
}

static bool
is_printable(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return len > 0;
}

static bool
word_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && case_equalb(s, len, word);
}

/* One KEY=VALUE; bit: which key it is, to find it given twice. */
static enum command_params_result
one_param(struct command_params *p, unsigned *bit, const char *s, size_t len)
{
	const char *eq = memchr(s, '=', len);
	size_t klen = eq ? (size_t)(eq - s) : len;
	const char *value = eq ? eq + 1 : s + len;
	size_t vlen = len - (size_t)(value - s);
	bool good;

	if (word_is(s, klen, "SIZE")) {
		*bit = 1;
		good = scan_size(&p->size, value, vlen);
	} else if (word_is(s, klen, "BODY")) {
		*bit = 2;
		p->body8 = word_is(value, vlen, "8BITMIME");
		good = p->body8 || word_is(value, vlen, "7BIT");
	} else if (word_is(s, klen, "AUTH")) {
		/* RFC 4954 section 5: understood, and not believed */
		*bit = 4;
		good = is_printable(value, vlen);
	} else {
		return PARAMS_UNKNOWN;
	}
	return good ? PARAMS_GOOD : PARAMS_BAD;
}

enum command_params_result
command_params(struct command_params *p, const char *s)
{
	enum command_params_result r;
	unsigned seen = 0, bit;
	size_t n;

	p->size = 0;
	p->body8 = false;
	while (*s) {
		n = strcspn(s, " \t");
		r = one_param(p, &bit, s, n);
		if (r != PARAMS_GOOD)
			return r;
		if (seen & bit)
			return PARAMS_BAD;
		seen |= bit;
		s += n;
		while (is_blank(*s))
			s++;
	}
	return PARAMS_GOOD;
}

bool
command_is_helo(const char *s)
{
	size_t len = strlen(s), i;

	if (!len || len > ADDR_DOMAIN_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (!text_is_alnum(s[i]) && !strchr(".-_:[]", s[i]))
			return false;
	return true;
}
