/* SPDX-License-Identifier: ISC */
/* Hostile records in a whole cdb: lines of KEY TAB VALUE, in the value "\\" for
 * a NUL.
 *
 * Covers: cdb-tools/alias_resolve.c cdb-tools/alias_records.c
 * cdb-tools/mailbox_lookup.c cdb-tools/user_records.c
 * cdb-tools/nets_lookup.c */
#include "cdb-tools/cdbout.h"
#include "tests/fuzz/lookups.h"

static void
build(struct fuzz f)
{
	int fd = open("t.cdb", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct cdbout *c = cdbout_start(fd);
	struct fuzz line, key;
	char *value;
	size_t i;

	while (f.len) {
		line = fuzz_part(&f, '\n');
		key = fuzz_part(&line, '\t');
		value = fuzz_copy(line.p, line.len);
		for (i = 0; i < line.len; i++)
			if (value[i] == '\\')
				value[i] = 0;
		if (cdbout_put(c, key.p, key.len, value, line.len) == -1)
			abort();
		free(value);
	}
	if (cdbout_finish(c) == -1 || close(fd) == -1)
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
