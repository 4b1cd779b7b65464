/* SPDX-License-Identifier: ISC */
#ifndef DELIVER_HEADER_H
#define DELIVER_HEADER_H

/* The header of a message, as far as lists and automatic answers look at it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/sa.h"

#define HEADER_MAX 65536 /* bytes of a message that are searched */

struct header {
	const char *s; /* whole lines, LF ends; the blank line left out */
	size_t len;
};
/* Reads it from offset, of a message of that size, into buf (HEADER_MAX bytes).
 * 0 or -1. */
int header_read(struct header *h, char *buf, int fd, uint64_t offset,
    uint64_t size);
/* The header of what stands in len bytes of s. */
void header_of(struct header *h, const char *s, size_t len);
/* The value of the field, unfolded, blanks around it left out, NUL-ended.
 * false: there is none (out is "" then). */
bool header_get(stralloc *out, const struct header *h, const char *name);
/* Is there a field whose name begins so? */
bool header_has(const struct header *h, const char *name);
/* Does any field of that name hold the word, any case, whole? */
bool header_says(const struct header *h, const char *name, const char *word);
/* Is address (as envelopes carry it) among those of fields of that name? */
bool header_names(const struct header *h, const char *name,
    const char *address);

#endif
