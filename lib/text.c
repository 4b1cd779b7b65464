/* SPDX-License-Identifier: ISC */
#include "lib/text.h"

#include <limits.h>
#include <string.h>

void
text_copy(char *out, size_t size, const char *s)
{
	size_t len = strnlen(s, size - 1);

	memcpy(out, s, len);
	out[len] = '\0';
}

size_t
text_scan(uint64_t *n, const char *s, size_t len)
{
	size_t i;

	*n = 0;
	for (i = 0; i < len && s[i] >= '0' && s[i] <= '9'; i++)
		if (__builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, (uint64_t)(s[i] - '0'), n))
			return 0;
	return i;
}

size_t
text_num(char out[TEXT_NUM_MAX], uint64_t n)
{
	char digits[TEXT_NUM_MAX], *end = digits + sizeof(digits), *p = end;

	do {
		*--p = (char)('0' + n % 10);
	} while (n /= 10);
	memcpy(out, p, (size_t)(end - p));
	return (size_t)(end - p);
}

/* Sixteen bytes at once; a byte of sums counts up to UCHAR_MAX blocks. */
size_t
text_count(const char *s, size_t len, char c)
{
	typedef unsigned char block __attribute__((vector_size(16)));
	block b, sums;
	size_t n = 0, i;

	while (len >= sizeof b) {
		sums = (block){ 0 };
		for (i = 0; i < UCHAR_MAX && len >= sizeof b; i++) {
			memcpy(&b, s, sizeof b);
			sums -= (block)(b == (unsigned char)c);
			s += sizeof b;
			len -= sizeof b;
		}
		for (i = 0; i < sizeof b; i++)
			n += sums[i];
	}
	while (len--)
		n += *s++ == c;
	return n;
}
