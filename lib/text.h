/* SPDX-License-Identifier: ISC */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

/* Strings and numbers in fixed places, where a printf would cost a process that
 * was just forked several page faults. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_NUM_MAX 20 /* digits of UINT64_MAX */

/* Copies as much as fits, and a NUL; size is not 0. */
void text_copy(char *out, size_t size, const char *s);
/* The number of the digits that s begins with.  How many they are; 0: none, or
 * it is larger than UINT64_MAX. */
size_t text_scan(uint64_t *n, const char *s, size_t len);
/* Writes the digits, without a NUL; how many. */
size_t text_num(char out[TEXT_NUM_MAX], uint64_t n);
/* How often c is among the bytes s[0..len). */
size_t text_count(const char *s, size_t len, char c);
/* An ASCII letter or digit, whatever the locale.  A million aliases ask it of each
 * of their bytes. */
static inline bool
text_is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}
/* An ASCII capital letter as a small one; any other byte as it is. */
static inline char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

#endif
