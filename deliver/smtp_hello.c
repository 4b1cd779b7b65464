/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "deliver/smtp_client.h"

#define SIZE_DIGITS 18 /* more cannot be meant */

static uint64_t
scan_size(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n && n <= SIZE_DIGITS ? strtoull(s, NULL, 10) : 0;
}

/* Is word among the blank-separated ones of list? */
static bool
has_word(const char *list, size_t len, const char *word)
{
	size_t i = 0, n, wlen = strlen(word);

	while (i < len) {
		while (i < len && (list[i] == ' ' || list[i] == '='))
			i++;
		for (n = 0; i + n < len && list[i + n] != ' '; n++)
			;
		if (n == wlen && strncasecmp(list + i, word, n) == 0)
			return true;
		i += n;
	}
	return false;
}

static bool
is_keyword(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && strncasecmp(line, word, n) == 0 &&
	       (len == n || line[n] == ' ' || line[n] == '=');
}

static void
extension(struct smtp_session *s, const char *line, size_t len)
{
	if (is_keyword(line, len, "PIPELINING"))
		s->pipelining = true;
	else if (is_keyword(line, len, "8BITMIME"))
		s->eightbit = true;
	else if (is_keyword(line, len, "STARTTLS"))
		s->starttls = true;
	else if (is_keyword(line, len, "SIZE")) {
		s->has_size = true;
		s->size_max = len > 5 ? scan_size(line + 5) : 0;
	} else if (is_keyword(line, len, "AUTH")) {
		s->auth_plain |= has_word(line + 4, len - 4, "PLAIN");
		s->auth_login |= has_word(line + 4, len - 4, "LOGIN");
	}
}

/* The first line is the server's name; the others are what it can. */
static void
extensions(struct smtp_session *s, const char *text)
{
	const char *line = strchr(text, '\n');
	size_t len;

	s->pipelining = s->eightbit = s->starttls = s->has_size = false;
	s->auth_plain = s->auth_login = false;
	s->size_max = 0;
	while (line && *++line) {
		len = strcspn(line, "\n");
		extension(s, line, len);
		line = strchr(line, '\n');
	}
}

static int
hello(struct smtp_session *s, struct smtp_reply *r, const char *verb,
    const char *me)
{
	char line[RESOLVER_NAME_MAX + 16];

	strcpy(line, verb);
	strncat(line, me, RESOLVER_NAME_MAX);
	return smtp_command(s, r, line, verb);
}

int
smtp_hello(struct smtp_session *s, const char *me)
{
	struct smtp_reply r;

	if (hello(s, &r, s->peer.lmtp ? "LHLO " : "EHLO ", me) == -1)
		return -1;
	if (smtp_reply_class(&r) == 2) {
		extensions(s, r.text);
		return 0;
	}
	if (smtp_reply_class(&r) == 5 && !s->peer.lmtp && !s->tls) {
		extensions(s, "");
		if (hello(s, &r, "HELO ", me) == -1)
			return -1;
		if (smtp_reply_class(&r) == 2)
			return 0;
	}
	/* the server does not want us now: not a word about the recipients */
	smtp_outcome_reply(&s->failure, &r);
	if (s->failure.class_ == 'N')
		s->failure.status[0] = '4';
	s->failure.class_ = 'T';
	s->failure.slow = SMTP_SLOW_SECONDS;
	return -1;
}
