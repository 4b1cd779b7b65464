/* SPDX-License-Identifier: ISC */
#ifndef LIB_SA_H
#define LIB_SA_H

/* Growing strings: libowfat's stralloc, minus the error paths.
 *
 * A stralloc starts as { 0 }, belongs to whoever declares it, and is released
 * with sa_free.  Running out of memory ends the program with exit 111, so no
 * call here fails.  "cat" in a name appends, every other call replaces.
 * The destination may not overlap the source. */
#include <stdbool.h>
#include <stddef.h>
#include <stralloc.h>

void sa_copyb(stralloc *sa, const char *buf, size_t len);
void sa_copys(stralloc *sa, const char *s);
void sa_copy(stralloc *sa, const stralloc *from);
void sa_catb(stralloc *sa, const char *buf, size_t len);
void sa_cats(stralloc *sa, const char *s);
void sa_cat(stralloc *sa, const stralloc *from);
/* Appends one byte. */
void sa_append(stralloc *sa, char ch);
/* Appends a decimal number. */
void sa_catul(stralloc *sa, unsigned long n);
/* Appends s (or nothing, s NULL) and a NUL that len does not count, so that
 * sa->s is a C string. */
void sa_cat0(stralloc *sa, const char *s);
/* Puts a NUL behind the contents that len does not count. */
void sa_0(stralloc *sa);
/* Room for extra more bytes behind len. */
void sa_ready(stralloc *sa, size_t extra);
/* Lower-cases ASCII in place. */
void sa_lower(stralloc *sa);
/* s in lower case, a NUL behind. */
void sa_copy_lower(stralloc *sa, const char *s);
/* Is it this string, byte for byte? */
bool sa_is(const stralloc *sa, const char *s);
bool sa_same(const stralloc *a, const stralloc *b);
/* Empties it, keeps the memory. */
void sa_clear(stralloc *sa);
void sa_free(stralloc *sa);
/* Overwrites all the memory, then frees: for passwords. */
void sa_wipe(stralloc *sa);

#endif
