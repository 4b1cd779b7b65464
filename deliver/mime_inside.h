/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_MIME_INSIDE_H
#define DELIVER_MIME_INSIDE_H

/* What mime_walk.c (bodies and boundaries) and mime_head.c (headers) share. */
#include "deliver/mime_walk.h"

void mime_tell(
    struct mime_walk *w, enum mime_event what, const char *p, size_t len);
/* The header is over: what its fields said says what follows. */
void mime_header_end(struct mime_walk *w, const char *blank);
/* The line held from line_at on may be a boundary: then what it ends has ended,
 * and the next part begins. */
bool mime_take_boundary(struct mime_walk *w);
/* The next byte of a header. */
void mime_head_byte(struct mime_walk *w, char ch);
/* The message ends in a header; a further one may begin. */
void mime_head_end(struct mime_walk *w);

#endif
