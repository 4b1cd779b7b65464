/* SPDX-License-Identifier: ISC */
#include "queue/bounce.h"

#include <string.h>
#include "lib/clock.h"
#include "queue/passed.h"

static bool
is_8bit(const char *s, size_t len)
{
	while (len--)
		if (*s++ & 0x80)
			return true;
	return false;
}

bool
bounce_covers(const struct bounce *b, const struct target *t)
{
	if (t->status != b->status || strcmp(t->sender, b->sender) != 0)
		return false;
	return b->status == SPOOL_FAILED ||
	       (t->answer &&
		   !passed_on_silent(b->a, (uint32_t)(t - b->a->targets)));
}

static void
cat_field(stralloc *out, const char *name, const char *value)
{
	if (!*value)
		return;
	sa_cats(out, name);
	sa_cats(out, ": ");
	sa_cats(out, value);
	sa_cats(out, "\n");
}

static void
cat_date(stralloc *out, const char *name, uint64_t when)
{
	char date[CLOCK_RFC5322_SIZE];

	clock_rfc5322(date, when);
	cat_field(out, name, date);
}

static void
cat_part(stralloc *out, const struct bounce *b, const char *type)
{
	sa_cats(out, "\n--=_");
	sa_cats(out, b->id);
	sa_cats(out, "\nContent-Type: ");
	sa_cats(out, type);
	sa_cats(out, "\n");
}

static void
cat_head(stralloc *out, const struct bounce *b, bool eight)
{
	sa_cats(out, "From: Mail Delivery System <postmaster@");
	sa_cats(out, b->me);
	sa_cats(out, ">\nTo: <");
	sa_cats(out, b->to);
	if (!strchr(b->to, '@')) {
		sa_cats(out, "@");
		sa_cats(out, b->me);
	}
	sa_cats(out, ">\nSubject: ");
	sa_cats(out, b->status != SPOOL_FAILED
		? "Delayed mail: it is still being tried"
		: b->double_bounce ? "A notification could not be delivered"
				   : "Undelivered mail returned to sender");
	sa_cats(out, "\n");
	cat_date(out, "Date", clock_wall_s());
	sa_cats(out, "Message-ID: <");
	sa_cats(out, b->id);
	sa_cats(out, "@");
	sa_cats(out, b->me);
	sa_cats(out, ">\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
		     "Content-Type: multipart/report; "
		     "report-type=delivery-status;\n\tboundary=\"=_");
	sa_cats(out, b->id);
	sa_cats(out, "\"\n");
	if (eight)
		sa_cats(out, "Content-Transfer-Encoding: 8bit\n");
}

/* A host's own words begin with the code of its reply; ours never do. */
static bool
is_reply(const struct answer *x)
{
	return *x->host && strspn(x->text, "0123456789") == 3 &&
	       (!x->text[3] || x->text[3] == ' ');
}

static void
cat_listed(stralloc *out, const struct bounce *b)
{
	const struct target *t = b->a->targets;
	uint32_t i, n = 0;

	for (i = 0; i < b->a->ntargets; i++, t++) {
		if (!bounce_covers(b, t) || n++ >= BOUNCE_LISTED_MAX)
			continue;
		sa_cats(out, "\n<");
		sa_cats(out, t->address);
		sa_cats(out, ">:\n");
		if (t->answer && *t->answer->host) {
			sa_cats(out, "    ");
			sa_cats(out, t->answer->host);
			sa_cats(out, is_reply(t->answer) ? " said:\n" : ":\n");
		}
		if (t->answer) {
			sa_cats(out, "    ");
			sa_cats(out, t->answer->text);
			sa_cats(out, "\n");
		}
	}
	if (n > BOUNCE_LISTED_MAX) {
		sa_cats(out, "\n... and ");
		sa_catul(out, n - BOUNCE_LISTED_MAX);
		sa_cats(out, " more, listed in the report below.\n");
	}
}

static void
cat_delay(stralloc *out, const struct bounce *b)
{
	char date[CLOCK_RFC5322_SIZE];

	sa_cats(out, "Your message (its header is below) could not be "
		     "delivered yet to the\naddresses listed here. "
		     "It is still being tried: you need do nothing.\n");
	clock_rfc5322(date, b->until);
	sa_cats(out, "It is given up on ");
	sa_cats(out, date);
	sa_cats(out, ".\n");
}

static void
cat_people(stralloc *out, const struct bounce *b)
{
	cat_part(out, b, "text/plain; charset=us-ascii");
	sa_cats(out, "\nThis is the mail system at ");
	sa_cats(out, b->me);
	sa_cats(out, ".\n\n");
	if (b->status != SPOOL_FAILED)
		cat_delay(out, b);
	else if (b->double_bounce)
		sa_cats(out, "A message without a sender (most likely a "
			     "notification of ours) could not be\ndelivered. "
			     "Its header is below.\n");
	else
		sa_cats(out, "Your message (its header is below) could not be "
			     "delivered to the addresses\nlisted here, and "
			     "will not be tried again.\n");
	cat_listed(out, b);
}

static void
cat_original(stralloc *out, const struct active *a, const struct target *t)
{
	if (t->parent == SPOOL_NO_TARGET)
		return;
	while (t->parent != SPOOL_NO_TARGET)
		t = &a->targets[t->parent];
	sa_cats(out, "Original-Recipient: rfc822; ");
	sa_cats(out, t->address);
	sa_cats(out, "\n");
}

/* Its name alone, of "name[ip]". */
static void
cat_remote(stralloc *out, const char *host)
{
	size_t n = strcspn(host, "[");

	if (!n)
		return;
	sa_cats(out, "Remote-MTA: dns; ");
	sa_catb(out, host, n);
	sa_cats(out, "\n");
}

static void
cat_target(stralloc *out, const struct bounce *b, const struct target *t)
{
	const struct answer *x = t->answer;
	bool failed = b->status == SPOOL_FAILED;

	sa_cats(out, "\n");
	cat_original(out, b->a, t);
	sa_cats(out, "Final-Recipient: rfc822; ");
	sa_cats(out, t->address);
	sa_cats(out, failed ? "\nAction: failed\nStatus: "
			    : "\nAction: delayed\nStatus: ");
	sa_cats(out, x && *x->status ? x->status : failed ? "5.0.0" : "4.0.0");
	sa_cats(out, "\n");
	if (!x)
		return;
	cat_remote(out, x->host);
	sa_cats(out, is_reply(x) ? "Diagnostic-Code: smtp; "
				 : "Diagnostic-Code: x-postern; ");
	sa_cats(out, x->text);
	sa_cats(out, "\n");
	cat_date(out, "Last-Attempt-Date", x->when);
	if (!failed)
		cat_date(out, "Will-Retry-Until", b->until);
}

static void
cat_status(stralloc *out, const struct bounce *b)
{
	uint32_t i;

	cat_part(out, b, "message/delivery-status");
	sa_cats(out, "\nReporting-MTA: dns; ");
	sa_cats(out, b->me);
	sa_cats(out, "\nX-Postern-Queue-Id: ");
	sa_cats(out, b->a->m->id);
	sa_cats(out, "\n");
	cat_date(out, "Arrival-Date", b->a->head.accepted);
	for (i = 0; i < b->a->ntargets; i++)
		if (bounce_covers(b, &b->a->targets[i]))
			cat_target(out, b, &b->a->targets[i]);
}

void
bounce_text(stralloc *out, const struct bounce *b)
{
	bool eight = is_8bit(b->header, b->header_len);

	sa_clear(out);
	cat_head(out, b, eight);
	cat_people(out, b);
	cat_status(out, b);
	cat_part(out, b, "text/rfc822-headers");
	if (eight)
		sa_cats(out, "Content-Transfer-Encoding: 8bit\n");
	sa_cats(out, "\n");
	sa_catb(out, b->header, b->header_len);
	sa_cats(out, "\n--=_");
	sa_cats(out, b->id);
	sa_cats(out, "--\n");
}
