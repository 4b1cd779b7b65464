/* SPDX-License-Identifier: ISC */
/* A log line from hostile values: one line, printable, not too long.
 *
 * Covers: lib/log_line.c */
#include "lib/log.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	size_t room = 40 + fuzz_byte(&f) * 16, n, i;
	struct fuzz a = fuzz_part(&f, '\n');
	char *x = fuzz_string(a.p, a.len), *y = fuzz_string(f.p, f.len);
	const char *pairs[] = { "from", x, "reason", y, NULL };
	char *out = malloc(room);

	n = log_format_event(out, room, "fuzz", "event", pairs);
	FUZZ_HOLDS(n && n <= room && out[n - 1] == '\n');
	for (i = 0; i + 1 < n; i++)
		FUZZ_HOLDS(out[i] >= ' ' && out[i] <= '~');
	free(x);
	free(y);
	free(out);
	return 0;
}
