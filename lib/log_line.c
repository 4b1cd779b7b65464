/* SPDX-License-Identifier: ISC */
#include "lib/log_line.h"
#include <string.h>
#include "lib/log.h"

#define MARK     "...\n" /* ends a line that was cut */
#define MARK_LEN 4       /* bytes */

void
log_line_start(struct log_line *l, char *buf, size_t size)
{
	*l = (struct log_line){ .buf = buf, .size = size };
	if (l->size > LOG_LINE_MAX)
		l->size = LOG_LINE_MAX;
}

static void
put_unit(struct log_line *l, const char *unit, size_t len)
{
	if (l->cut || l->len + len + 1 > l->size) {
		l->cut = true;
		return;
	}
	memcpy(l->buf + l->len, unit, len);
	l->len += len;
	if (l->len + MARK_LEN <= l->size)
		l->safe = l->len;
}

static void
put_byte(struct log_line *l, unsigned char c, bool quoted)
{
	static const char hex[] = "0123456789abcdef";
	char unit[4] = { '\\', 'x', hex[c >> 4], hex[c & 15] };

	if (c < 0x20 || c >= 0x7f || c == '\\')
		put_unit(l, unit, 4);
	else if (c == '"' && quoted)
		put_unit(l, "\\\"", 2);
	else
		put_unit(l, (const char *)&c, 1);
}

void
log_line_puts(struct log_line *l, const char *s)
{
	for (; *s && !l->cut; s++)
		put_byte(l, (unsigned char)*s, false);
}

static void
put_value(struct log_line *l, const char *s)
{
	if (*s && !s[strcspn(s, " \"")]) {
		log_line_puts(l, s);
		return;
	}
	put_unit(l, "\"", 1);
	for (; *s && !l->cut; s++)
		put_byte(l, (unsigned char)*s, true);
	put_unit(l, "\"", 1);
}

void
log_line_pair(struct log_line *l, const char *key, const char *value)
{
	if (!value)
		return;
	put_unit(l, " ", 1);
	log_line_puts(l, key);
	put_unit(l, "=", 1);
	put_value(l, value);
}

size_t
log_line_end(struct log_line *l)
{
	if (l->cut && l->size >= MARK_LEN) {
		memcpy(l->buf + l->safe, MARK, MARK_LEN);
		return l->safe + MARK_LEN;
	}
	if (l->size)
		l->buf[l->len++] = '\n';
	return l->len;
}

void
log_line_event(struct log_line *l, const char *program, const char *event)
{
	log_line_puts(l, program);
	log_line_puts(l, ": ");
	log_line_puts(l, event);
}

size_t
log_format_event(char *out, size_t size, const char *program, const char *event,
    const char *const *pairs)
{
	struct log_line l;

	log_line_start(&l, out, size);
	log_line_event(&l, program, event);
	for (; pairs[0]; pairs += 2)
		log_line_pair(&l, pairs[0], pairs[1]);
	return log_line_end(&l);
}
