/* SPDX-License-Identifier: ISC */
#include "smtpd/headers.h"

#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct row {
	const char *name, *text;
	int ended;
	size_t pos;
	bool blank;
	unsigned received, from, date, message_id;
	const char *from_body;
} rows[] = {
	{ "whole", "From: a@b\nDate: x\n\nbody\n", 1, 18, true, 0, 1, 1, 0,
	    " a@b" },
	{ "empty", "", 0, 0, false, 0, 0, 0, 0, NULL },
	{ "blank line at once", "\nbody\n", 1, 0, true, 0, 0, 0, 0, NULL },
	{ "no header at all", "hello there\nFrom: a@b\n", 1, 0, false, 0, 0, 0,
	    0, NULL },
	{ "a fold at the start", " x\nFrom: a@b\n\n", 1, 0, false, 0, 0, 0, 0,
	    NULL },
	{ "folded From", "From: Ann\n\t<a@b>\n (x)\nTo: c\n\n", 1, 28, true, 0,
	    1, 0, 0, " Ann\n\t<a@b>\n (x)" },
	{ "fold of another field", "From: a@b\nTo: c\n d\n\n", 1, 19, true, 0,
	    1, 0, 0, " a@b" },
	{ "two From", "From: a@b\nfrom: c@d\n\n", 1, 20, true, 0, 2, 0, 0,
	    " c@d" },
	{ "blank before the colon", "From : a@b\n\n", 1, 11, true, 0, 1, 0, 0,
	    " a@b" },
	{ "a line that is no field", "From: a@b\nnonsense\nFrom: c@d\n", 1, 10,
	    false, 0, 1, 0, 0, " a@b" },
	{ "mbox line", "From a@b Mon\nFrom: c@d\n\n", 1, 0, false, 0, 0, 0, 0,
	    NULL },
	{ "counts",
	    "Received: x\nReceived: y\n z\nDATE: d\nMessage-Id: <i>\n\n", 1, 51,
	    true, 2, 0, 1, 1, NULL },
	{ "likenesses", "Receive: x\nFromm: y\nX-From: z\n\n", 1, 30, true, 0,
	    0, 0, 0, NULL },
	{ "a colon first", ": x\n\n", 1, 0, false, 0, 0, 0, 0, NULL },
	{ "8-bit name", "Fr\xc3\xb6m: x\n\n", 1, 0, false, 0, 0, 0, 0, NULL },
	{ "line not ended", "From: a@b\nTo: c", 0, 10, false, 0, 1, 0, 0,
	    " a@b" },
};

static bool
right(const struct row *r, int ended, const struct headers *h, const char *s)
{
	if (ended != r->ended || h->pos != r->pos || h->blank != r->blank ||
	    h->received != r->received || h->from != r->from ||
	    h->date != r->date || h->message_id != r->message_id)
		return false;
	return !r->from_body ||
	       (h->from_len == strlen(r->from_body) &&
		   memcmp(s + h->from_pos, r->from_body, h->from_len) == 0);
}

/* Cut at every byte, its end against the guard, then the whole. */
static bool
swept(const struct row *r, size_t cut)
{
	size_t len = strlen(r->text);
	struct headers h = { 0 };
	struct guard g;
	char *s = guard_copy(&g, r->text, cut);
	int ended = headers_scan(&h, s, cut);
	bool good;

	guard_free(&g);
	s = guard_copy(&g, r->text, len);
	if (!ended)
		ended = headers_scan(&h, s, len);
	good = right(r, ended, &h, s);
	guard_free(&g);
	return good;
}

int
main(void)
{
	const struct row *r;
	size_t cut;

	for (r = rows; r < rows + sizeof rows / sizeof *rows; r++)
		for (cut = 0; cut <= strlen(r->text); cut++)
			CHECK(r->name, swept(r, cut));
	return CHECK_DONE();
}
