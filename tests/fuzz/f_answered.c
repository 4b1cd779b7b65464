/* SPDX-License-Identifier: ISC */
/* The file of who was answered lately, as something broke it.
 *
 * Covers: deliver/answered.c */
#include "deliver/answered.h"
#include "deliver/local_key.h"
#include "tests/fuzz/fuzz.h"

#define NOW 1700000000

/* deliver-local's comes of a file */
void
local_key(unsigned char out[TOKEN_KEY_BYTES], const char *purpose)
{
	memset(out, *purpose, TOKEN_KEY_BYTES);
}

FUZZ_BEGIN(fuzz_scratch)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int r;

	fuzz_file("answered", data, size);
	r = answered_note("answered", "ann@example.test", NOW, 3600, 5);
	FUZZ_HOLDS(r == 0 || r == 1 || r == -1);
	if (r == 1)
		FUZZ_HOLDS(answered_note("answered", "ann@example.test",
			       NOW + 1, 3600, 0) == 0 &&
			   answered_forget("answered", "ann@example.test") == 0 &&
			   answered_note("answered", "ann@example.test",
			       NOW + 1, 3600, 0) == 1);
	return 0;
}
