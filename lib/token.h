/* SPDX-License-Identifier: ISC */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

/* Short texts that only the holder of a key can make: parts of addresses.
 *
 * A keyed BLAKE2b (libsodium) over the parts, each with its length in front, in
 * lower-case base 32: local parts lose their case on the way.  Five bits a
 * character. */
#include <stdbool.h>
#include <stddef.h>

#define TOKEN_KEY_BYTES 32
#define TOKEN_MAX       32 /* characters */

/* (out, chars, key, parts...): chars characters and a NUL.  The parts are
 * strings. */
#define token_make(...) token_make_(__VA_ARGS__, (const char *)0)
void token_make_(char out[TOKEN_MAX + 1], size_t chars,
    const unsigned char key[TOKEN_KEY_BYTES], ...) __attribute__((sentinel));
/* Are these len bytes that text, in any case?  Takes the same time always. */
bool token_is(const char *text, const char *s, size_t len);
/* n in that alphabet, the low five bits last; back: -1 for another byte. */
char token_digit(unsigned n);
int token_value(char c);

#endif
