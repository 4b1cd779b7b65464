/* SPDX-License-Identifier: ISC */
/* A cdb file of hostile bytes, under every look-up that reads one.
 *
 * Covers: lib/table.c */
#include "tests/fuzz/lookups.h"

FUZZ_BEGIN(fuzz_scratch)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_file("t.cdb", data, size);
	look_everything_up();
	return 0;
}
