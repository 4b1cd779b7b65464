/* SPDX-License-Identifier: ISC */
#include "deliver/smtp_dot.h"
#include <string.h>

/* Bytes before the next CR or LF. */
static size_t
plain_run(const char *in, size_t len)
{
	const char *p = memchr(in, '\n', len);

	if (p)
		len = (size_t)(p - in);
	p = memchr(in, '\r', len);
	return p ? (size_t)(p - in) : len;
}

/* A CR or LF. */
static size_t
line_end(struct smtp_dot *d, char *out, char ch)
{
	enum smtp_dot_state before = d->state;

	d->state = ch == '\r' ? SMTP_DOT_AFTER_CR : SMTP_DOT_START;
	if (ch == '\n' && before == SMTP_DOT_AFTER_CR)
		return 0;
	out[0] = '\r';
	out[1] = '\n';
	return 2;
}

size_t
smtp_dot_feed(struct smtp_dot *d, char *out, const char *in, size_t len)
{
	size_t i = 0, n = 0, run;

	while (i < len) {
		run = plain_run(in + i, len - i);
		if (run == 0) {
			n += line_end(d, out + n, in[i++]);
			continue;
		}
		if (d->state != SMTP_DOT_MIDDLE && in[i] == '.')
			out[n++] = '.';
		memcpy(out + n, in + i, run);
		d->state = SMTP_DOT_MIDDLE;
		n += run;
		i += run;
	}
	return n;
}

size_t
smtp_dot_end(struct smtp_dot *d, char *out)
{
	size_t n = 0;

	if (d->state == SMTP_DOT_MIDDLE) {
		memcpy(out, "\r\n", 2);
		n = 2;
	}
	memcpy(out + n, ".\r\n", 3);
	d->state = SMTP_DOT_START;
	return n + 3;
}
