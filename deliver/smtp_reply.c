/* SPDX-License-Identifier: ISC */
#include "deliver/smtp_reply.h"
#include <stdio.h>
#include <string.h>

#define CODE_DIGITS   3
#define STATUS_DIGITS 3 /* of each of the last two numbers */

void
smtp_reply_init(struct smtp_reply *r)
{
	r->code = r->linecode = 0;
	r->status[0] = r->text[0] = 0;
	r->textlen = r->total = r->column = 0;
	r->lines = 0;
	r->cr = r->last = false;
}

static bool
is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

size_t
smtp_status_scan(const char *s, int code)
{
	size_t i = 1, n, part;

	if (s[0] != '0' + code / 100 || !strchr("245", s[0]))
		return 0;
	for (part = 0; part < 2; part++) {
		if (s[i++] != '.')
			return 0;
		for (n = 0; is_digit(s[i]); n++)
			i++;
		if (n == 0 || n > STATUS_DIGITS)
			return 0;
	}
	return s[i] == 0 || s[i] == ' ' || s[i] == '\n' ? i : 0;
}

static void
keep(struct smtp_reply *r, char ch)
{
	if (r->textlen == SMTP_KEEP_MAX)
		return;
	r->text[r->textlen++] = ch;
	r->text[r->textlen] = 0;
}

static int
end_line(struct smtp_reply *r)
{
	size_t n;

	if (r->column < CODE_DIGITS)
		return -1;
	if (r->lines++ == 0)
		r->code = r->linecode;
	if (r->linecode != r->code || r->lines > SMTP_LINES_MAX)
		return -1;
	keep(r, '\n');
	if (!r->last && r->column > CODE_DIGITS) {
		r->column = 0;
		return 0;
	}
	n = smtp_status_scan(r->text, r->code);
	memcpy(r->status, r->text, n);
	r->status[n] = 0;
	return 1;
}

static int
code_byte(struct smtp_reply *r, char ch)
{
	if (!is_digit(ch) || (r->column == 0 && (ch < '2' || ch > '5')))
		return -1;
	if (r->column == 0)
		r->linecode = 0;
	r->linecode = r->linecode * 10 + (ch - '0');
	r->column++;
	return 0;
}

static int
line_byte(struct smtp_reply *r, char ch)
{
	if (r->cr && ch != '\n')
		keep(r, '?');
	r->cr = ch == '\r';
	if (ch == '\n')
		return end_line(r);
	if (ch == '\r')
		return 0;
	if (r->column < CODE_DIGITS)
		return code_byte(r, ch);
	if (r->column++ == CODE_DIGITS) {
		r->last = ch == ' ';
		return ch == ' ' || ch == '-' ? 0 : -1;
	}
	keep(r, (char)(ch >= 0x20 && ch < 0x7f ? ch : '?'));
	return r->column > SMTP_LINE_MAX ? -1 : 0;
}

int
smtp_reply_feed(struct smtp_reply *r, const char *buf, size_t len, size_t *used)
{
	int rc;

	for (*used = 0; *used < len;) {
		if (++r->total > SMTP_REPLY_MAX)
			return -1;
		rc = line_byte(r, buf[(*used)++]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

void
smtp_reply_format(char *out, size_t size, const struct smtp_reply *r)
{
	size_t i;

	snprintf(out, size, "%d %s", r->code, r->text);
	for (i = 0; out[i]; i++)
		if (out[i] == '\n')
			out[i] = ' ';
	while (i && out[i - 1] == ' ')
		out[--i] = 0;
}

const char *
smtp_reply_status(const struct smtp_reply *r)
{
	if (r->status[0])
		return r->status;
	return r->code >= 500 ? "5.0.0" : r->code >= 400 ? "4.0.0" : "2.0.0";
}

int
smtp_reply_class(const struct smtp_reply *r)
{
	return r->code / 100;
}
