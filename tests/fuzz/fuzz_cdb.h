/* SPDX-License-Identifier: ISC */
#ifndef TESTS_FUZZ_FUZZ_CDB_H
#define TESTS_FUZZ_FUZZ_CDB_H

/* A cdb out of an input: KEY TAB VALUE a line, in the value "\\" for a NUL. */
#include "cdb-tools/cdbout.h"
#include "tests/fuzz/fuzz.h"

/* Puts all records, and finishes the cdb. */
static inline void
fuzz_cdb(struct cdbout *c, struct fuzz f)
{
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
	if (cdbout_finish(c) == -1)
		abort();
}

#endif
