/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_MIME_WALK_H
#define DELIVER_MIME_WALK_H

/* A message taken apart as its bytes come in: header fields, bodies, boundaries,
 * in order, no byte lost.  Pure; whatever comes, it takes a fixed amount of
 * memory.  Lines end with LF. */
#include <stdbool.h>
#include <stddef.h>
#include "deliver/mime_field.h"

#define MIME_DEPTH_MAX    32   /* multiparts inside multiparts */
#define MIME_ENTITIES_MAX 2000 /* messages and parts */
#define MIME_FIELD_MAX    8192 /* bytes of a field that must be understood */

enum mime_event {
	MIME_HEADER,     /* of a field, or bytes of it, that says nothing here */
	MIME_TYPE,       /* a Content-Type field, whole */
	MIME_ENCODING,   /* a Content-Transfer-Encoding field, whole */
	MIME_HEADER_END, /* "\n", or "" where the blank line is missing */
	MIME_BODY,       /* of a leaf, any piece */
	MIME_BODY_END,   /* no bytes; the line end before a boundary is body */
	MIME_FILLER,     /* around the parts of a multipart, any piece */
	MIME_BOUNDARY    /* the whole line */
};
struct mime_entity { /* a message or a part */
	unsigned index; /* counts from 0, in the order of their headers */
	enum mime_kind kind;
	enum mime_encoding encoding;
	bool has_type, has_encoding, has_version;
	bool is_message;
	bool is_signed;  /* inside a multipart/signed */
};
struct mime_level { /* an open multipart */
	char boundary[MIME_BOUNDARY_MAX + 1];
	bool is_signed, is_digest;
};
struct mime_walk {
	void (*event)(void *arg, enum mime_event what,
	    const struct mime_entity *e, const char *p, size_t len);
	void *arg;
	const char *why; /* not NULL: it is beyond us, and why */
	/* its own */
	enum mime_state {
		MIME_IN_HEADER,
		MIME_IN_BODY,
		MIME_IN_FILLER
	} state;
	struct mime_entity entity;
	char boundary[MIME_BOUNDARY_MAX + 1]; /* of the entity's type */
	struct mime_level levels[MIME_DEPTH_MAX];
	unsigned nlevels, nentities;
	char hold[MIME_FIELD_MAX]; /* a field, or a line that begins with -- */
	size_t held, line_at;      /* where its last line begins */
	bool line_start, passing;  /* the rest of a line, of a field */
};
void mime_walk_start(struct mime_walk *w);
void mime_walk_feed(struct mime_walk *w, const char *p, size_t len);
void mime_walk_end(struct mime_walk *w);

#endif
