/* SPDX-License-Identifier: ISC */
/* The header of a message or part. */
#include <string.h>
#include "deliver/mime_inside.h"

static void
encoding_field(struct mime_walk *w, const char *value, size_t len)
{
	struct mime_entity *e = &w->entity;

	mime_tell(w, MIME_ENCODING, w->hold, w->held);
	if (!e->has_encoding)
		e->encoding = mime_encoding_scan(value, len);
	e->has_encoding = true;
}

static void
type_field(struct mime_walk *w, const char *value, size_t len)
{
	struct mime_entity *e = &w->entity;

	mime_tell(w, MIME_TYPE, w->hold, w->held);
	if (!e->has_type)
		e->kind = mime_type_scan(w->boundary, value, len);
	e->has_type = true;
}

/* What is held is a whole field, or (passing) bytes of one. */
static void
flush_field(struct mime_walk *w)
{
	size_t at = 0;
	enum mime_name name = w->passing
				  ? MIME_OTHER_FIELD
				  : mime_field_name(w->hold, w->held, &at);

	if (w->held == 0)
		return;
	if (name == MIME_TYPE_FIELD)
		type_field(w, w->hold + at, w->held - at);
	else if (name == MIME_ENCODING_FIELD)
		encoding_field(w, w->hold + at, w->held - at);
	else
		mime_tell(w, MIME_HEADER, w->hold, w->held);
	w->entity.has_version |= name == MIME_VERSION_FIELD;
	w->held = w->line_at = 0;
}

/* The line held is no field: the blank line is missing, the body begins. */
static void
body_begins(struct mime_walk *w)
{
	char line[MIME_FIELD_MAX];
	size_t len = w->held;

	memcpy(line, w->hold, len);
	mime_header_end(w, "");
	mime_walk_feed(w, line, len);
}

static bool
is_no_field(const struct mime_walk *w)
{
	size_t at;

	return !w->passing && w->line_at == 0 &&
	       mime_field_name(w->hold, w->held, &at) == MIME_NO_FIELD;
}

static void
header_line(struct mime_walk *w)
{
	if (!w->passing && mime_take_boundary(w))
		return;
	if (is_no_field(w)) {
		body_begins(w);
		return;
	}
	w->line_start = true;
	w->line_at = w->held;
	if (w->passing)
		flush_field(w);
}

/* A field longer than we keep: it goes through, unless it matters. */
static void
header_full(struct mime_walk *w)
{
	size_t at;

	if (is_no_field(w)) {
		body_begins(w);
		return;
	}
	if (!w->passing &&
	    mime_field_name(w->hold, w->held, &at) > MIME_OTHER_FIELD)
		w->why = "a MIME field of its header is too long";
	w->passing = true;
	flush_field(w);
}

void
mime_head_byte(struct mime_walk *w, char ch)
{
	if (w->line_start && ch != ' ' && ch != '\t') {
		flush_field(w);
		w->passing = false;
	}
	if (w->line_start && ch == '\n') {
		mime_header_end(w, "\n");
		return;
	}
	w->line_start = false;
	w->hold[w->held++] = ch;
	if (ch == '\n')
		header_line(w);
	else if (w->held == MIME_FIELD_MAX)
		header_full(w);
}

void
mime_head_end(struct mime_walk *w)
{
	if (w->held && is_no_field(w)) {
		body_begins(w);
		return;
	}
	flush_field(w);
	mime_header_end(w, "");
}
