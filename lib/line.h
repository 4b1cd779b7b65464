/* SPDX-License-Identifier: ISC */
#ifndef LIB_LINE_H
#define LIB_LINE_H

/* Text files of etc/: the one grammar of DESIGN.md section 6, with positions.
 *
 * One entry a line, '#' starts a comment line, blank lines are skipped, CRLF is
 * taken for LF, a missing last newline is fine.  UTF-8 is checked; NUL and
 * control bytes are errors.  Errors go to the caller's collector as
 * "file:line:column: what is wrong; what to write instead". */
#include <stdbool.h>
#include <stddef.h>
#include "lib/sa.h"

#define LINE_MAX_BYTES 4096   /* of one line */
#define LINE_ERRORS_SHOWN 20  /* further ones are only counted */

struct line_errors {
	stralloc text;   /* whole lines, ready to print */
	unsigned long n; /* all, shown or not */
};
/* column counts bytes from 1; 0 leaves it out.  NULL-ended strings. */
void line_error(struct line_errors *e, const char *file, unsigned long line,
    unsigned column, ...) __attribute__((sentinel));
void line_errors_free(struct line_errors *e);

struct line_reader {
	const char *file; /* borrowed: the name for messages */
	stralloc text;    /* the whole file */
	size_t pos;
	unsigned long line;
	struct line_errors *errors; /* borrowed */
};
/* Reads the file (at most max bytes).  1; 0: no such file; -1 with errno. */
int line_open(struct line_reader *r, const char *file, size_t max,
    struct line_errors *errors);
/* The next entry: blanks trimmed at both ends; *column of its first byte.
 * *s points into the reader.  1, or 0 at the end.  Lines that break the
 * grammar are reported and skipped. */
int line_next(struct line_reader *r, const char **s, size_t *len,
    unsigned *column);
void line_close(struct line_reader *r);
/* What breaks the grammar in this line, and where; NULL when nothing does. */
const char *line_fault(const char *s, size_t len, size_t *where);

/* Splits "key: value" at the first ": " or at a ':' that ends the key; both
 * trimmed.  *vcol: column of the value.  1 or 0. */
int line_pair(const char *s, size_t len, unsigned column, const char **key,
    size_t *klen, const char **value, size_t *vlen, unsigned *vcol);
/* The next item of a list separated by commas and blanks (comma), or by blanks
 * alone.  1 or 0.  Advances *s, *len, *column. */
int line_item(const char **s, size_t *len, unsigned *column, bool comma,
    const char **item, size_t *ilen, unsigned *icol);

#endif
