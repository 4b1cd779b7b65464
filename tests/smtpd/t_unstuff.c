/* SPDX-License-Identifier: ISC */
/* Every string of CR, LF, NUL, dot and a letter up to LENGTH_MAX, cut in two at
 * every place, against a reader that sees the whole at once. */
#include "smtpd/unstuff.h"

#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define LENGTH_MAX 7

static const char alphabet[] = { '\r', '\n', 0, '.', 'a' };

struct want {
	int ended;
	size_t used;
	bool bad;
	size_t len;
	char text[16];
};

/* The definition, slowly: the message ends at the first CRLF.CRLF, a CRLF being
 * thought in front of it. */
static void
look(struct want *w, const char *s, size_t len)
{
	char all[2 + LENGTH_MAX] = "\r\n";
	char *end;
	size_t i, body;

	memset(w, 0, sizeof *w);
	memcpy(all + 2, s, len);
	end = memmem(all, len + 2, "\r\n.\r\n", 5);
	w->ended = end != NULL;
	w->used = end ? (size_t)(end + 5 - all) - 2 : len;
	body = end ? (size_t)(end + 2 - all) : len + 2;
	for (i = 2; i < body; i++) {
		/* the last byte may be a CR that has its LF still to come */
		if (all[i] == 0 || (all[i] == '\n' && all[i - 1] != '\r') ||
		    (all[i] == '\r' && i + 1 < len + 2 && all[i + 1] != '\n'))
			w->bad = true;
		if (all[i] == '\r')
			continue;
		if (all[i] == '.' && all[i - 1] == '\n' && all[i - 2] == '\r')
			continue;
		w->text[w->len++] = all[i];
	}
}

static bool
feed(struct unstuff *u, const char *s, size_t len, struct want *got)
{
	struct guard g;
	char *copy = guard_copy(&g, s, len);
	size_t used, out;
	int r = unstuff_feed(u, copy, len, &used, &out);

	memcpy(got->text + got->len, copy, out);
	got->len += out;
	got->used += used;
	got->ended = r;
	guard_free(&g);
	return r == 1;
}

static bool
same(const struct want *a, const struct want *b)
{
	if (a->ended != b->ended || a->used != b->used || a->bad != b->bad)
		return false;
	/* what is refused need not be right; before the end a part is out */
	return a->bad || !a->ended ||
	       (a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
}

static bool
try(const char *s, size_t len, size_t cut)
{
	struct unstuff u = { 0 };
	struct want want, got = { 0 };

	look(&want, s, len);
	if (!feed(&u, s, cut, &got))
		feed(&u, s + cut, len - cut, &got);
	got.bad = u.bad;
	return same(&want, &got);
}

static void
every(size_t len)
{
	char s[LENGTH_MAX], name[8 * LENGTH_MAX];
	size_t total = 1, n, i, rest, cut;

	for (i = 0; i < len; i++)
		total *= sizeof alphabet;
	for (n = 0; n < total; n++) {
		bool good = true;

		for (rest = n, i = 0; i < len; i++) {
			s[i] = alphabet[rest % sizeof alphabet];
			rest /= sizeof alphabet;
		}
		for (cut = 0; cut <= len; cut++)
			good = good && try(s, len, cut);
		for (i = 0, name[0] = 0; i < len; i++)
			sprintf(name + strlen(name), "%02x ", s[i]);
		CHECK(name, good);
	}
}

/* A byte at a time, and the dots. */
static void
slowly(void)
{
	static const char in[] = "a\r\n..b\r\n.\r\r\n\r\n.c\r\n.\r\nQUIT\r\n";
	struct unstuff u = { 0 };
	struct want got = { 0 };
	size_t i;

	for (i = 0; i < sizeof in - 1; i++)
		if (feed(&u, in + i, 1, &got))
			break;
	CHECK("slowly", got.ended == 1 && got.used == sizeof in - 1 - 6);
	CHECK("a bare CR behind a dot", u.bad);
}

int
main(void)
{
	size_t len;

	for (len = 0; len <= LENGTH_MAX - 1; len++)
		every(len);
	slowly();
	return CHECK_DONE();
}
