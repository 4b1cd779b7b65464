/* SPDX-License-Identifier: ISC */
/* A message's header as lists and automatic answers look at it; the words for
 * it come in front.
 *
 * Covers: deliver/header.c */
#include "deliver/header.h"
#include "tests/fuzz/fuzz.h"

static const char *const names[] = { "From", "To", "Subject", "List-",
	"Precedence", "Auto-Submitted", "x" };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size }, part;
	stralloc out = { 0 };
	struct header h;
	char *s, *word;
	size_t i;

	part = fuzz_part(&f, '\0');
	word = fuzz_string(part.p, part.len);
	s = fuzz_copy(f.p, f.len);
	header_of(&h, s, f.len);
	FUZZ_HOLDS(h.len <= f.len);
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (header_get(&out, &h, names[i]))
			FUZZ_HOLDS(header_has(&h, names[i]));
		FUZZ_HOLDS(strlen(out.s) == out.len && out.len <= f.len);
		if (header_says(&h, names[i], word) ||
		    header_names(&h, names[i], word))
			FUZZ_HOLDS(header_has(&h, names[i]));
	}
	sa_free(&out);
	free(s);
	free(word);
	return 0;
}
