/* SPDX-License-Identifier: ISC */
#ifndef LIB_LOG_LINE_H
#define LIB_LOG_LINE_H

/* Builds the lines of lib/log.h: escapes, quotes, cuts.  Used by lib/log. */
#include <stdbool.h>
#include <stddef.h>

/* A line in the making: units (a byte, or an escape) go in whole.  safe is the
 * length up to which "...\n" still fits behind. */
struct log_line {
	char *buf;
	size_t size, len, safe;
	bool cut;
};

void log_line_start(struct log_line *l, char *buf, size_t size);
/* Text, escaped. */
void log_line_puts(struct log_line *l, const char *s);
/* "program: event", then " key=value" each; no value, nothing. */
void log_line_event(struct log_line *l, const char *program, const char *event);
void log_line_pair(struct log_line *l, const char *key, const char *value);
/* Adds the newline, or the mark of a cut; the length. */
size_t log_line_end(struct log_line *l);

#endif
