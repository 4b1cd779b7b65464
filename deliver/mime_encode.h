/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_MIME_ENCODE_H
#define DELIVER_MIME_ENCODE_H

/* The encodings of RFC 2045 section 6, for mime_seven.c. */
#include "deliver/mime_seven.h"

void mime_put(struct mime_seven *m, const char *p, size_t len);
void mime_puts(struct mime_seven *m, const char *s);
/* Hands on what is gathered. */
void mime_flush(struct mime_seven *m);
/* A body by action: its begin, its bytes in any pieces, its end.  boundary: the
 * line end it ended with belongs to the boundary that follows. */
void mime_encode_start(struct mime_seven *m);
void mime_encode(
    struct mime_seven *m, enum mime_action action, const char *p, size_t len);
void mime_encode_end(
    struct mime_seven *m, enum mime_action action, bool boundary);

#endif
