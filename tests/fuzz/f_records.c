/* SPDX-License-Identifier: ISC */
/* Hostile records in a whole cdb: lines of KEY TAB VALUE, in the value "\\" for
 * a NUL.
 *
 * Covers: cdb-tools/alias_resolve.c cdb-tools/alias_records.c
 * cdb-tools/mailbox_lookup.c cdb-tools/user_records.c
 * cdb-tools/nets_lookup.c */
#include "tests/fuzz/fuzz_cdb.h"
#include "tests/fuzz/lookups.h"

static void
build(struct fuzz f)
{
	int fd = open("t.cdb", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct cdbout *c = cdbout_start(fd);

	fuzz_cdb(c, f);
	if (close(fd) == -1)
		abort();
}

FUZZ_BEGIN(fuzz_scratch)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	build((struct fuzz){ (const char *)data, size });
	look_everything_up();
	return 0;
}
