/* SPDX-License-Identifier: ISC */
/* A sender that we rewrite, and an address that a bounce comes back to.
 *
 * Covers: deliver/srs.c */
#include "deliver/srs.h"
#include "deliver/local_key.h"
#include "lib/addr.h"
#include <ctype.h>
#include "tests/fuzz/fuzz.h"

#define WALL_S 1700000000

/* deliver-local's comes of a file */
void
local_key(unsigned char out[TOKEN_KEY_BYTES], const char *purpose)
{
	memset(out, *purpose, TOKEN_KEY_BYTES);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	stralloc out = { 0 }, back = { 0 };
	char *s = fuzz_string(data, size);
	const char *why;

	if (srs_back(&out, s, WALL_S)) {
		sa_0(&out);
		FUZZ_HOLDS(out.len && strlen(out.s) == out.len);
	}
	/* what is no address of a mail never gets so far */
	if (strlen(s) == size && strchr(s, '@') && addr_check(s, size, &why) &&
	    srs_make(&out, s, "ours.example", WALL_S)) {
		sa_0(&out);
		FUZZ_HOLDS(strncmp(out.s, "SRS", 3) == 0);
		FUZZ_HOLDS(srs_back(&back, out.s, WALL_S));
		if (out.s[3] == '0') /* an SRS1 has no day */
			FUZZ_HOLDS(
			    !srs_back(&back, out.s, WALL_S + 86400 * 100));
		out.s[6] = tolower(out.s[6]) == 'a' ? 'b' : 'a';
		FUZZ_HOLDS(!srs_back(&back, out.s, WALL_S));
	}
	sa_free(&out);
	sa_free(&back);
	free(s);
	return 0;
}
