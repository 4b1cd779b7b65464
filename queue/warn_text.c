/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include "lib/clock.h"
#include "queue/warn.h"

#define cat(...) cat_(__VA_ARGS__, (const char *)0)

static void
cat_(stralloc *out, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, out);
	while ((s = va_arg(ap, const char *)))
		sa_cats(out, s);
	va_end(ap);
}

static void
cat_head(stralloc *out, const struct warning *w)
{
	char date[CLOCK_RFC5322_SIZE];

	clock_rfc5322(date, clock_wall_s());
	cat(out, "From: Mail Delivery System <postmaster@", w->me,
	    ">\nTo: <postmaster@", w->me, ">\nSubject: ", w->host,
	    " does not let us log in\nDate: ", date, "\nMessage-ID: <", w->id,
	    "@", w->me, ">\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=us-ascii\n\n");
}

void
warn_text(stralloc *out, const struct warning *w)
{
	sa_clear(out);
	cat_head(out, w);
	cat(out, "This is the mail system at ", w->me, ".\n\nThe host ",
	    w->host, " does not let us log in as \"", w->account, "\"\n(auth=",
	    w->account, " in etc/smarthosts or etc/routes):\n\n    ", w->reason,
	    "\n\n"
	    "No mail is lost.  It goes by the next host, where one is given;\n"
	    "otherwise it waits in the queue, is tried again, and returns to\n"
	    "its senders only after etc/lifetime seconds.\n\n"
	    "What to do:\n\n"
	    "* Compare the line \"", w->account, "\" of etc/smarthost-auth (name "
	    "user password)\n"
	    "  with what your provider gave you.  The file belongs to p-remote\n"
	    "  and has mode 0400; a change counts from the next try on.\n"
	    "* Where the reason speaks of TLS or of AUTH that is not offered: a\n"
	    "  password is never sent without TLS.  Ask for the provider's port\n"
	    "  for customers (mostly 587 or 465), see smarthosts(5).\n"
	    "* \"queuectl retry\" tries what waits now.\n\n"
	    "You are told once a day for each host while this lasts; each\n"
	    "refusal is in the log: grep auth-refused, no-session.\n");
}
