/* SPDX-License-Identifier: ISC */
#ifndef CDB_TOOLS_NAMES_H
#define CDB_TOOLS_NAMES_H

/* Names of the text files, each with the line it stands on; what a mistyped one
 * was probably meant to be. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "cdb-tools/keymap.h"
#include "lib/sa.h"

#define NAMES_FAR 3 /* as many typing errors are no likeness any more */

struct names {
	stralloc arena;
	struct keymap map;
	uint32_t *lines; /* by number */
	size_t room;
};

void names_init(struct names *n);
void names_free(struct names *n);
/* Adds a copy of s.  1: new; 0: it was there; *id either way. */
int names_add(
    struct names *n, const char *s, size_t len, unsigned long line, long *id);
long names_find(const struct names *n, const char *s, size_t len);
const char *names_get(const struct names *n, long id, size_t *len);
unsigned long names_line(const struct names *n, long id);

/* Typing errors (a wrong, missing, additional or swapped letter each) between
 * two names, NAMES_FAR when there are that many or more. */
unsigned names_distance(const char *a, size_t alen, const char *b, size_t blen);
/* The one in m most like s: its number, or -1 when none is. */
long names_like(const struct keymap *m, const char *s, size_t len);

#endif
