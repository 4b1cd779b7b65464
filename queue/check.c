/* SPDX-License-Identifier: ISC */
#include "queue/check.h"

#include <string.h>

static const char name[] = "received:";
#define NAME_LEN (sizeof name - 1)

void
check_start(struct check *c)
{
	memset(c, 0, sizeof *c);
	c->in_header = c->received = true;
	c->last = '\n';
}

/* One byte of the header: counts the fields and finds the blank line. */
static void
header_byte(struct check *c, char ch)
{
	if (ch == '\n') {
		if (!c->column)
			c->in_header = false;
		c->column = 0;
		c->received = true;
		return;
	}
	if (c->column >= NAME_LEN)
		return;
	if (c->received && (ch | (c->column < NAME_LEN - 1 ? 0x20 : 0)) !=
		name[c->column])
		c->received = false;
	if (++c->column == NAME_LEN && c->received)
		c->hops++;
}

/* A whole word at a time, where it matters: bodies are long. */
static bool
is_8bit(const char *p, size_t len)
{
	uint64_t w, seen = 0;

	for (; len >= sizeof w; len -= sizeof w, p += sizeof w) {
		memcpy(&w, p, sizeof w);
		seen |= w;
	}
	while (len--)
		seen |= (unsigned char)*p++;
	return seen & 0x8080808080808080ULL;
}

void
check_bytes(struct check *c, const char *p, size_t len)
{
	size_t i;

	if (!len)
		return;
	if (memchr(p, 0, len) || memchr(p, '\r', len))
		c->bad = true;
	c->eight |= is_8bit(p, len);
	c->last = p[len - 1];
	for (i = 0; i < len && c->in_header; i++)
		header_byte(c, p[i]);
}

const char *
check_end(const struct check *c)
{
	if (c->bad)
		return "5.6.0 a CR or NUL in the message";
	if (c->last != '\n')
		return "5.6.0 the last line has no end";
	if (c->hops > CHECK_HOPS_MAX)
		return "5.4.6 too many hops: a mail loop";
	return NULL;
}
