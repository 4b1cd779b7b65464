/* SPDX-License-Identifier: ISC */
#include "bench/letter.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_LINE 70
#define MARK      "X-Bench: "

/* Not for enemies; cheap, for it runs beside the servers. */
static uint64_t
add(uint64_t sum, const char *s, size_t len)
{
	uint64_t w;
	size_t n;

	sum = (sum ^ len) * 0x9e3779b97f4a7c15u;
	for (; len; s += n, len -= n) {
		n = len < sizeof w ? len : sizeof w;
		w = 0;
		memcpy(&w, s, n);
		sum = (sum ^ w) * 0x9e3779b97f4a7c15u;
		sum ^= sum >> 29;
	}
	return sum;
}

char *
letter_body(size_t size, const char *eol, size_t *len)
{
	char head[LETTER_HEAD_MAX], *body;
	size_t at = 0, n, k, end = strlen(eol);
	size_t used = (size_t)letter_head(head, 0, "", 0, eol);

	size = size > used + 2 ? size - used : 2;
	body = malloc(size + 2);
	if (!body)
		return NULL;
	while (at < size) {
		n = size - at > TEXT_LINE + end ? TEXT_LINE : size - at - end;
		if (size - at - n - end == 1)
			n--; /* no room for a line of one byte */
		for (k = 0; k < n; k++)
			body[at + k] = (char)('a' + (at / 7 + k * k) % 26);
		memcpy(body + at + n, eol, end);
		at += n + end;
	}
	*len = at;
	return body;
}

int
letter_head(char buf[LETTER_HEAD_MAX], uint32_t n, const char *body, size_t len,
    const char *eol)
{
	static const char *last;
	static uint64_t sum;
	const char *s, *nl;

	if (body != last) {
		sum = 0;
		for (s = body; (nl = memchr(s, '\n',
		    len - (size_t)(s - body))); s = nl + 1)
			sum = add(sum, s, (size_t)(nl - s) + 1 - strlen(eol));
		last = body;
	}
	return snprintf(buf, LETTER_HEAD_MAX,
	    "From: <sender@far.example>%sTo: <box@example.test>%s"
	    "Subject: load%sMessage-ID: <%010u@far.example>%s"
	    "Date: Sat, 03 Jan 2026 00:00:00 +0000%s"
	    MARK "%010u %016llx%s%s", eol, eol, eol, n, eol, eol, n,
	    (unsigned long long)sum, eol, eol);
}

void
letter_line(struct letter *l, const char *s, size_t len)
{
	unsigned long long said;

	if (l->body) {
		l->sum = add(l->sum, s, len);
	} else if (len == 0) {
		l->body = true;
	} else if (len > sizeof MARK && memcmp(s, MARK, sizeof MARK - 1) == 0 &&
	    sscanf(s + sizeof MARK - 1, "%u %llx", &l->n, &said) == 2) {
		l->marked = true;
		l->said = said;
	}
}

bool
letter_is_good(const struct letter *l)
{
	return l->body && l->marked && l->said == l->sum;
}

void
letters_add(struct letters *all, const struct letter *l)
{
	uint32_t size, n = l->n;
	unsigned char *seen;

	all->count++;
	if (!letter_is_good(l)) {
		all->wrong++;
		return;
	}
	if (n / 8 >= all->size) {
		size = n / 4 + 65536;
		seen = realloc(all->seen, size);
		if (!seen)
			abort();
		memset(seen + all->size, 0, size - all->size);
		all->seen = seen;
		all->size = size;
	}
	if (!(all->seen[n / 8] & 1 << n % 8))
		all->distinct++;
	all->seen[n / 8] |= (unsigned char)(1 << n % 8);
}
