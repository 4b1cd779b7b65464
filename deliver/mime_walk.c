/* SPDX-License-Identifier: ISC */
#include "deliver/mime_walk.h"
#include <string.h>
#include "deliver/mime_inside.h"

/* A boundary line's bytes: dashes, the boundary, dashes, blanks, LF. */
#define BOUNDARY_LINE_MAX 998

void
mime_tell(struct mime_walk *w, enum mime_event what, const char *p, size_t len)
{
	w->event(w->arg, what, &w->entity, p, len);
}

static bool
in_signed(const struct mime_walk *w)
{
	return w->nlevels && w->levels[w->nlevels - 1].is_signed;
}

static void
entity_start(struct mime_walk *w, bool is_message, bool in_digest)
{
	struct mime_entity *e = &w->entity;

	if (w->nentities == MIME_ENTITIES_MAX)
		w->why = "it has too many parts";
	else
		e->index = w->nentities++;
	e->kind = in_digest ? MIME_MESSAGE : MIME_LEAF;
	e->encoding = MIME_7BIT;
	e->has_type = e->has_encoding = e->has_version = false;
	e->is_message = is_message;
	e->is_signed = in_signed(w);
	w->boundary[0] = 0;
	w->state = MIME_IN_HEADER;
	w->line_start = true;
	w->passing = false;
	w->held = w->line_at = 0;
}

static void
push_level(struct mime_walk *w)
{
	struct mime_level *l = &w->levels[w->nlevels];

	w->state = MIME_IN_FILLER;
	if (w->nlevels == MIME_DEPTH_MAX) {
		w->why = "its parts are nested too deep";
		return;
	}
	strcpy(l->boundary, w->boundary);
	l->is_signed = w->entity.is_signed || w->entity.kind == MIME_SIGNED;
	l->is_digest = w->entity.kind == MIME_DIGEST;
	w->nlevels++;
	w->entity.is_signed = l->is_signed; /* of what stands around the parts */
}

void
mime_header_end(struct mime_walk *w, const char *blank)
{
	bool plain = w->entity.encoding <= MIME_8BIT;

	mime_tell(w, MIME_HEADER_END, blank, strlen(blank));
	w->state = MIME_IN_BODY;
	w->line_start = true;
	w->passing = false;
	w->held = 0;
	if (plain && w->entity.kind >= MIME_MULTIPART &&
	    w->entity.kind <= MIME_DIGEST)
		push_level(w);
	else if (plain && w->entity.kind == MIME_MESSAGE)
		entity_start(w, true, false);
}

/* The open multipart whose boundary the line is: its number, or -1. */
static int
find_boundary(const struct mime_walk *w, const char *s, size_t len, bool *last)
{
	size_t n, at;
	unsigned i = w->nlevels;

	if (len < 2 || s[0] != '-' || s[1] != '-')
		return -1;
	while (i-- > 0) {
		n = strlen(w->levels[i].boundary);
		if (len - 2 < n || memcmp(s + 2, w->levels[i].boundary, n) != 0)
			continue;
		at = n + 2;
		*last = len - at >= 2 && s[at] == '-' && s[at + 1] == '-';
		at += *last ? 2 : 0;
		while (at < len && (s[at] == ' ' || s[at] == '\t'))
			at++;
		if (at == len || s[at] == '\n')
			return (int)i;
	}
	return -1;
}

bool
mime_take_boundary(struct mime_walk *w)
{
	const char *line = w->hold + w->line_at;
	size_t len = w->held - w->line_at;
	bool last;
	int level = find_boundary(w, line, len, &last);

	if (level == -1)
		return false;
	if (w->state == MIME_IN_HEADER) {
		mime_tell(w, MIME_HEADER_END, "", 0);
		mime_tell(w, MIME_BODY_END, "", 0);
	} else if (w->state == MIME_IN_BODY) {
		mime_tell(w, MIME_BODY_END, "\n", 1);
	}
	mime_tell(w, MIME_BOUNDARY, line, len);
	w->nlevels = (unsigned)level + (last ? 0 : 1);
	w->held = w->line_at = 0;
	w->line_start = true;
	if (!last) {
		entity_start(w, w->levels[level].is_digest,
		    w->levels[level].is_digest);
		w->entity.is_message = false;
		return true;
	}
	w->state = MIME_IN_FILLER;
	w->entity.is_signed = in_signed(w);
	return true;
}

static void
body_piece(struct mime_walk *w, const char *p, size_t len)
{
	if (len)
		mime_tell(w, w->state == MIME_IN_BODY ? MIME_BODY : MIME_FILLER, p,
		    len);
}

static void
flush_line(struct mime_walk *w)
{
	body_piece(w, w->hold, w->held);
	w->held = 0;
}

/* A byte of a line that may be a boundary. */
static void
dash_byte(struct mime_walk *w, char ch)
{
	w->hold[w->held++] = ch;
	w->line_start = ch == '\n';
	if ((w->held == 2 && ch != '-') || w->held == BOUNDARY_LINE_MAX ||
	    (ch == '\n' && !mime_take_boundary(w)))
		flush_line(w);
}

/* From the body: how many bytes were used. */
static size_t
body_bytes(struct mime_walk *w, const char *p, size_t len)
{
	const char *end;

	if (w->held || (w->line_start && w->nlevels && *p == '-')) {
		w->line_at = 0;
		dash_byte(w, *p);
		return 1;
	}
	end = w->nlevels ? memchr(p, '\n', len) : NULL;
	if (end)
		len = (size_t)(end - p) + 1;
	w->line_start = p[len - 1] == '\n';
	body_piece(w, p, len);
	return len;
}

void
mime_walk_start(struct mime_walk *w)
{
	w->why = NULL;
	w->nlevels = w->nentities = 0;
	entity_start(w, true, false);
}

void
mime_walk_feed(struct mime_walk *w, const char *p, size_t len)
{
	size_t n;

	for (; len && !w->why; p += n, len -= n) {
		n = 1;
		if (w->state == MIME_IN_HEADER)
			mime_head_byte(w, *p);
		else
			n = body_bytes(w, p, len);
	}
}

void
mime_walk_end(struct mime_walk *w)
{
	if (w->why)
		return;
	if (w->held && !w->passing)
		mime_take_boundary(w);
	while (w->state == MIME_IN_HEADER && !w->why)
		mime_head_end(w);
	if (w->held)
		flush_line(w);
	if (w->state == MIME_IN_BODY)
		mime_tell(w, MIME_BODY_END, "", 0);
}
