/* SPDX-License-Identifier: ISC */
#include "deliver/mime_encode.h"
#include <errno.h>
#include <string.h>
#include "lib/base64.h"

void
mime_flush(struct mime_seven *m)
{
	if (!m->failed && m->outlen &&
	    m->put(m->arg, m->out, m->outlen) == -1) {
		m->failed = true;
		m->error = errno;
	}
	m->outlen = 0;
}

void
mime_put(struct mime_seven *m, const char *p, size_t len)
{
	size_t n;

	while (len) {
		if (m->outlen == MIME_OUT_SIZE)
			mime_flush(m);
		n = MIME_OUT_SIZE - m->outlen;
		if (n > len)
			n = len;
		memcpy(m->out + m->outlen, p, n);
		m->outlen += n;
		p += n;
		len -= n;
	}
}

void
mime_puts(struct mime_seven *m, const char *s)
{
	mime_put(m, s, strlen(s));
}

/* A byte as "=E9". */
static void
escape(char out[3], char ch)
{
	static const char hex[] = "0123456789ABCDEF";

	out[0] = '=';
	out[1] = hex[(unsigned char)ch >> 4];
	out[2] = hex[ch & 15];
}

/* Into the line, or, where it is full, into the next one. */
static void
quoted_put(struct mime_seven *m, const char *p, size_t len)
{
	if (m->column + len > MIME_LINE_MAX - 1) {
		mime_puts(m, "=\n");
		m->column = 0;
	}
	mime_put(m, p, len);
	m->column += len;
}

static void
quoted_byte(struct mime_seven *m, char ch)
{
	char code[3];

	if (ch > ' ' && ch < 0x7f && ch != '=') {
		quoted_put(m, &ch, 1);
	} else {
		escape(code, ch);
		quoted_put(m, code, sizeof(code));
	}
}

/* A blank stays one unless it is the last of its line. */
static void
settle_blank(struct mime_seven *m, bool is_last)
{
	if (m->blank && is_last)
		quoted_byte(m, m->blank);
	else if (m->blank)
		quoted_put(m, &m->blank, 1);
	m->blank = 0;
}

static void
to_quoted(struct mime_seven *m, char ch)
{
	settle_blank(m, ch == '\n');
	if (ch == '\n') {
		mime_put(m, &ch, 1);
		m->column = 0;
	} else if (ch == ' ' || ch == '\t') {
		m->blank = ch;
	} else {
		quoted_byte(m, ch);
	}
}

static void
base64_line(struct mime_seven *m)
{
	char line[MIME_LINE_MAX];

	mime_put(m, line, base64_encode(line, m->in, m->inlen));
	mime_puts(m, "\n");
	m->inlen = 0;
}

static void
base64_byte(struct mime_seven *m, char ch)
{
	m->in[m->inlen++] = ch;
	if (m->inlen == MIME_BASE64_IN)
		base64_line(m);
}

/* Line ends are CRLF in there. */
static void
to_base64(struct mime_seven *m, char ch)
{
	if (m->line_end) {
		base64_byte(m, '\r');
		base64_byte(m, '\n');
	}
	m->line_end = ch == '\n';
	if (!m->line_end)
		base64_byte(m, ch);
}

static void
fix(struct mime_seven *m, enum mime_action action, char ch)
{
	char code[3];

	if (!(ch & 0x80)) {
		mime_put(m, &ch, 1);
	} else if (action == MIME_FIX_QUOTED) {
		escape(code, ch);
		mime_put(m, code, sizeof(code));
	}
}

void
mime_encode_start(struct mime_seven *m)
{
	m->column = m->inlen = 0;
	m->blank = 0;
	m->line_end = false;
}

void
mime_encode(
    struct mime_seven *m, enum mime_action action, const char *p, size_t len)
{
	if (action == MIME_KEEP || action == MIME_TO_7BIT) {
		mime_put(m, p, len);
		return;
	}
	for (; len; p++, len--) {
		if (action == MIME_TO_QUOTED)
			to_quoted(m, *p);
		else if (action == MIME_TO_BASE64)
			to_base64(m, *p);
		else
			fix(m, action, *p);
	}
}

void
mime_encode_end(struct mime_seven *m, enum mime_action action, bool boundary)
{
	if (action == MIME_TO_QUOTED)
		settle_blank(m, true);
	if (action != MIME_TO_BASE64)
		return;
	if (m->line_end && !boundary) {
		base64_byte(m, '\r');
		base64_byte(m, '\n');
	}
	if (m->inlen)
		base64_line(m);
}
