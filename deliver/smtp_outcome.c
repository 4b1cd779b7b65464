/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "deliver/smtp_client.h"

void
smtp_outcome_reply(struct smtp_outcome *o, const struct smtp_reply *r)
{
	int first = smtp_reply_class(r);

	o->class_ = first == 2 ? 'K' : first == 5 ? 'N' : 'T';
	/* 3xx where none belongs */
	snprintf(o->status, sizeof(o->status), "%s",
	    first == 3 ? "4.5.0" : smtp_reply_status(r));
	smtp_reply_format(o->text, sizeof(o->text), r);
	o->slow = 0;
}

void
smtp_outcome_set_(
    struct smtp_outcome *o, char class_, const char *status, unsigned slow, ...)
{
	const char *s;
	size_t n = 0, len;
	va_list ap;

	o->class_ = class_;
	snprintf(o->status, sizeof(o->status), "%s", status);
	o->slow = slow;
	va_start(ap, slow);
	while ((s = va_arg(ap, const char *))) {
		len = strlen(s);
		if (len > DELIVER_TEXT_MAX - n)
			len = DELIVER_TEXT_MAX - n;
		memcpy(o->text + n, s, len);
		n += len;
	}
	va_end(ap);
	o->text[n] = 0;
	for (; n > 0; n--)
		if (o->text[n - 1] < 0x20 || o->text[n - 1] > 0x7e)
			o->text[n - 1] = '?';
}
