/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_MIME_FIELD_H
#define DELIVER_MIME_FIELD_H

/* What the header fields of MIME (RFC 2045) say, as far as a conversion of 8-bit
 * bodies needs it.  Pure; comments, quoted strings and folding are understood,
 * what cannot be read is taken for the default. */
#include <stddef.h>

#define MIME_BOUNDARY_MAX 200 /* bytes; RFC 2046: 70 */
#define MIME_COMMENTS_MAX 20  /* comments inside comments */

enum mime_name {
	MIME_NO_FIELD, /* the line is no header field */
	MIME_OTHER_FIELD,
	MIME_TYPE_FIELD,
	MIME_ENCODING_FIELD,
	MIME_VERSION_FIELD
};
/* The name of a field that begins at s; *value: where its value begins. */
enum mime_name mime_field_name(const char *s, size_t len, size_t *value);

enum mime_kind {
	MIME_LEAF,
	MIME_MULTIPART,
	MIME_SIGNED,   /* multipart/signed: no byte of it may change */
	MIME_DIGEST,   /* multipart/digest: its parts are messages */
	MIME_MESSAGE,  /* message/rfc822 and message/global */
	MIME_FRAGMENT, /* message/partial, external-body: 7bit for good */
	MIME_BROKEN    /* a multipart that names no boundary, or one too long */
};
/* The value of a Content-Type field; boundary: "" where there is none. */
enum mime_kind mime_type_scan(
    char boundary[MIME_BOUNDARY_MAX + 1], const char *value, size_t len);

enum mime_encoding {
	MIME_7BIT,
	MIME_8BIT, /* binary too */
	MIME_QUOTED,
	MIME_BASE64,
	MIME_UNKNOWN
};
enum mime_encoding mime_encoding_scan(const char *value, size_t len);

#endif
