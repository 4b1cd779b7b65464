/* SPDX-License-Identifier: ISC */
/* The messages of the benchmarks: each has a number, and a checksum of its body
 * that stands in its header.  So whoever gets one can check it alone, whatever
 * header a server put in front, with LF or CRLF. */
#ifndef BENCH_LETTER_H
#define BENCH_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LETTER_HEAD_MAX 256

/* Allocates a body that makes a whole message of this size with its header,
 * without the final dot. */
char *letter_body(size_t size, const char *eol, size_t *len);

/* Writes the header of message number n into buf; the length. */
int letter_head(char buf[LETTER_HEAD_MAX], uint32_t n, const char *body,
    size_t len, const char *eol);

/* A message that is being read, line by line without their ends. */
struct letter {
	bool body, marked;
	uint32_t n;
	uint64_t said, sum;
};

/* All zeros begin a message. */
void letter_line(struct letter *l, const char *s, size_t len);
/* All lines are seen: is it whole? */
bool letter_is_good(const struct letter *l);

/* Which numbers came how often. */
struct letters {
	unsigned long count, distinct, wrong;
	uint32_t size;
	unsigned char *seen; /* a bit each */
};
void letters_add(struct letters *all, const struct letter *l);

#endif
