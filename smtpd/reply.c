/* SPDX-License-Identifier: ISC */
#include "smtpd/reply.h"

#include <stdarg.h>
#include <string.h>
#include "lib/log.h"

static void
send_joined(struct session *s, va_list ap)
{
	const char *part;

	sa_clear(&s->text);
	while ((part = va_arg(ap, const char *)))
		sa_cats(&s->text, part);
	sa_0(&s->text);
	s->errors += s->text.s[0] == '5';
	if (strncmp(s->text.s, "421", 3) == 0)
		s->closing = true;
	client_put(&s->client, s->text.s, s->text.len);
}

void
reply_(struct session *s, ...)
{
	va_list ap;

	va_start(ap, s);
	send_joined(s, ap);
	va_end(ap);
}

void
reply_refused_(struct session *s, const char *to, ...)
{
	va_list ap;

	va_start(ap, to);
	send_joined(s, ap);
	va_end(ap);
	s->deferred += s->text.s[0] == '4';
	log_event("refused", "ip", s->ip_text, "account",
	    s->authed ? s->account.mailbox : NULL, "from",
	    s->t.open || s->t.sender.len ? s->t.sender.s : NULL, "to", to,
	    "reason", s->text.s);
}
