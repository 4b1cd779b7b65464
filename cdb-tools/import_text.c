/* SPDX-License-Identifier: ISC */
/* Texts of other systems, in the encoding of their time. */
#include <string.h>
#include "cdb-tools/import_read.h"

/* Everything is Latin-1 that is not UTF-8: nothing else can be told, and what
 * counts in these texts is ASCII. */
static void
cat_latin1(stralloc *out, const char *s, size_t len)
{
	for (; len; s++, len--) {
		if (!((unsigned char)*s & 0x80)) {
			sa_append(out, *s);
			continue;
		}
		sa_append(out, (char)(0xc0 | (unsigned char)*s >> 6));
		sa_append(out, (char)(0x80 | ((unsigned char)*s & 0x3f)));
	}
}

void
import_utf8(stralloc *out, const char *s, size_t size)
{
	const char *end = s + size, *next;
	size_t len, where;

	sa_clear(out);
	if (size >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))
		s += 3; /* some editors' mark of UTF-8 */
	for (; s < end; s = next) {
		next = memchr(s, '\n', (size_t)(end - s));
		next = next ? next + 1 : end;
		len = (size_t)(next - s);
		while (len && (s[len - 1] == '\n' || s[len - 1] == '\r'))
			len--;
		if (line_fault(s, len, &where) && where < len &&
		    ((unsigned char)s[where] & 0x80))
			cat_latin1(out, s, (size_t)(next - s));
		else
			sa_catb(out, s, (size_t)(next - s));
	}
}
