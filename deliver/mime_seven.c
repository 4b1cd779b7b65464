/* SPDX-License-Identifier: ISC */
#include "deliver/mime_seven.h"
#include <errno.h>
#include <string.h>
#include "deliver/mime_encode.h"

static void
put_encoding(struct mime_seven *m, enum mime_action action)
{
	mime_puts(m, "Content-Transfer-Encoding: ");
	mime_puts(m, action == MIME_TO_QUOTED   ? "quoted-printable\n"
		     : action == MIME_TO_BASE64 ? "base64\n"
						: "7bit\n");
}

static bool
is_new(enum mime_action action)
{
	return action == MIME_TO_QUOTED || action == MIME_TO_BASE64;
}

static void
encoding_field(struct mime_seven *m, const struct mime_entity *e,
    enum mime_action action, const char *p, size_t len)
{
	if (!is_new(action) && action != MIME_TO_7BIT)
		mime_put(m, p, len);
	else if (!e->has_encoding) /* a second one goes */
		put_encoding(m, action);
}

/* Without a blank line, what filler() makes of bytes behind the header could
 * read as one more field of it. */
static bool
has_filler(const struct mime_seven *m, const struct mime_entity *e)
{
	return m->plan->eight && !e->is_signed && e->kind >= MIME_MULTIPART &&
	       e->kind <= MIME_DIGEST;
}

/* What the header lacks.  The charset of text that was sent without one: RFC
 * 1428. */
static void
header_end(struct mime_seven *m, const struct mime_entity *e,
    enum mime_action action, const char *blank, size_t len)
{
	if (is_new(action)) {
		if (!e->has_version && e->is_message)
			mime_puts(m, "MIME-Version: 1.0\n");
		if (!e->has_type)
			mime_puts(m, m->plan->utf8[e->index]
				? "Content-Type: text/plain; charset=utf-8\n"
				: "Content-Type: text/plain; "
				  "charset=unknown-8bit\n");
		if (!e->has_encoding)
			put_encoding(m, action);
		if (!len)
			mime_puts(m, "\n");
	} else if (!len && has_filler(m, e)) {
		mime_puts(m, "\n");
	}
	mime_put(m, blank, len);
	mime_encode_start(m);
}

static void
filler(struct mime_seven *m, const char *p, size_t len)
{
	char ch;

	for (; len; p++, len--) {
		ch = *p & 0x80 ? '?' : *p;
		mime_put(m, &ch, 1);
	}
}

static void
event(void *arg, enum mime_event what, const struct mime_entity *e,
    const char *p, size_t len)
{
	struct mime_seven *m = arg;
	enum mime_action action =
	    (enum mime_action)m->plan->action[e->index];

	switch (what) {
	case MIME_ENCODING:
		encoding_field(m, e, action, p, len);
		break;
	case MIME_HEADER_END:
		header_end(m, e, action, p, len);
		break;
	case MIME_BODY:
		mime_encode(m, action, p, len);
		break;
	case MIME_BODY_END:
		mime_encode_end(m, action, len > 0);
		break;
	case MIME_FILLER:
		filler(m, p, len);
		break;
	default:
		mime_put(m, p, len);
	}
}

void
mime_seven_start(struct mime_seven *m)
{
	m->failed = false;
	m->outlen = 0;
	m->walk.event = event;
	m->walk.arg = m;
	mime_encode_start(m);
	mime_walk_start(&m->walk);
}

void
mime_seven_feed(struct mime_seven *m, const char *p, size_t len)
{
	mime_walk_feed(&m->walk, p, len);
}

int
mime_seven_end(struct mime_seven *m)
{
	mime_walk_end(&m->walk);
	mime_flush(m);
	errno = m->error;
	return m->failed ? -1 : 0;
}
