/* SPDX-License-Identifier: ISC */
#ifndef ADMIN_ADMIN_JSON_H
#define ADMIN_ADMIN_JSON_H

/* Just enough of JSON (RFC 8259) for a request: one object whose values are
 * strings, whole numbers, true, false, null, or arrays of strings and numbers. */
#include <stdbool.h>
#include <stddef.h>
#include "lib/sa.h"

enum json_type { JSON_TEXT, JSON_TRUE, JSON_FALSE, JSON_NULL };
enum json_state { JSON_BEGIN, JSON_KEY, JSON_ITEM, JSON_DONE };
struct json {
	const char *s, *end, *start; /* borrowed: the text */
	enum json_state state;       /* KEY: a value is next; ITEM: in an array */
	const char *error;           /* what is wrong at s, NULL: nothing */
};
void json_open(struct json *j, const char *text, size_t len);
/* The next key of the object (NUL-ended).  1; 0: that was all, and nothing
 * follows; -1: error. */
int json_key(struct json *j, stralloc *key);
/* Its value, or the next one of an array: out (NUL-ended, no NUL inside) for
 * JSON_TEXT.  1; 0: there is no further one; -1: error. */
int json_value(struct json *j, enum json_type *type, stralloc *out);
/* Where s is, from 1. */
unsigned long json_column(const struct json *j);

#endif
