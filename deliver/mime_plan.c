/* SPDX-License-Identifier: ISC */
#include "deliver/mime_plan.h"
#include <string.h>

static bool
is_8bit(const char *s, size_t len)
{
	unsigned char seen = 0;

	while (len--)
		seen |= (unsigned char)*s++;
	return seen & 0x80;
}

/* The first byte of a character: what must follow. */
static void
utf8_first(struct mime_plan *p, unsigned char ch)
{
	p->least = 0x80;
	p->most = 0xbf;
	if (ch >= 0xc2 && ch <= 0xdf)
		p->tail = 1;
	else if (ch >= 0xe0 && ch <= 0xef)
		p->tail = 2;
	else if (ch >= 0xf0 && ch <= 0xf4)
		p->tail = 3;
	else
		p->bad_utf8 = true;
	if (ch == 0xe0)
		p->least = 0xa0;
	else if (ch == 0xed)
		p->most = 0x9f;
	else if (ch == 0xf0)
		p->least = 0x90;
	else if (ch == 0xf4)
		p->most = 0x8f;
}

static void
count_byte(struct mime_plan *p, unsigned char ch)
{
	p->high += ch >= 0x80;
	if (p->tail && ch >= p->least && ch <= p->most) {
		p->tail--;
		p->least = 0x80;
		p->most = 0xbf;
		return;
	}
	if (p->tail)
		p->bad_utf8 = true;
	p->tail = 0;
	if (ch >= 0x80)
		utf8_first(p, ch);
}

static const char *
refusal(const struct mime_entity *e)
{
	if (e->is_signed)
		return "a signed part of it must not be changed";
	if (e->kind == MIME_FRAGMENT)
		return "a part of it must not be encoded";
	if (e->kind != MIME_LEAF && e->kind != MIME_MESSAGE)
		return "its MIME structure is broken";
	if (e->encoding == MIME_UNKNOWN)
		return "a part of it has an encoding that is not known here";
	return NULL;
}

/* Of a leaf with 8-bit bytes. */
static enum mime_action
choose(const struct mime_plan *p, const struct mime_entity *e)
{
	if (e->encoding == MIME_QUOTED)
		return MIME_FIX_QUOTED;
	if (e->encoding == MIME_BASE64)
		return MIME_FIX_BASE64;
	return p->high > MIME_BASE64_LEAST &&
		       p->high > p->bytes / MIME_BASE64_FROM
		   ? MIME_TO_BASE64
		   : MIME_TO_QUOTED;
}

static void
refuse(struct mime_plan *p, const struct mime_entity *e)
{
	p->eight = true;
	if (!p->why)
		p->why = refusal(e);
}

/* The action as far as the header tells: for what has parts, it is all. */
static void
begin(struct mime_plan *p, const struct mime_entity *e)
{
	p->bytes = p->high = p->tail = 0;
	p->bad_utf8 = false;
	p->action[e->index] = e->encoding == MIME_8BIT && !e->is_signed
				  ? MIME_TO_7BIT
				  : MIME_KEEP;
}

static void
finish(struct mime_plan *p, const struct mime_entity *e)
{
	if (!p->high)
		return;
	refuse(p, e);
	p->action[e->index] = (unsigned char)choose(p, e);
	p->utf8[e->index] = !p->bad_utf8 && !p->tail;
}

static void
event(void *arg, enum mime_event what, const struct mime_entity *e,
    const char *s, size_t len)
{
	struct mime_plan *p = arg;

	if (what == MIME_HEADER_END)
		begin(p, e);
	else if (what == MIME_BODY_END)
		finish(p, e);
	else if (what == MIME_FILLER && is_8bit(s, len)) {
		p->eight = true;
		if (e->is_signed && !p->why)
			p->why = refusal(e);
	} else if (what == MIME_BODY) {
		p->bytes += len;
		while (len--)
			count_byte(p, (unsigned char)*s++);
	}
}

void
mime_plan_start(struct mime_plan *p)
{
	p->eight = false;
	p->why = NULL;
	p->walk.event = event;
	p->walk.arg = p;
	mime_walk_start(&p->walk);
}

void
mime_plan_feed(struct mime_plan *p, const char *s, size_t len)
{
	mime_walk_feed(&p->walk, s, len);
}

void
mime_plan_end(struct mime_plan *p)
{
	mime_walk_end(&p->walk);
	if (p->walk.why) { /* what is behind that was not looked at */
		p->eight = true;
		p->why = p->walk.why;
	}
}
