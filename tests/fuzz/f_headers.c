/* SPDX-License-Identifier: ISC */
/* A header as it comes in pieces, and its From.
 *
 * Covers: smtpd/headers.c smtpd/from.c */
#include "smtpd/headers.h"
#include "smtpd/from.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct headers whole = { 0 }, parts = { 0 };
	stralloc addr = { 0 };
	const char *why = NULL;
	char *s = fuzz_copy(data, size), *piece;
	size_t n, step = 1 + size / 7;
	int r = 0;

	for (n = 0; r == 0 && n < size; n += step) {
		piece = fuzz_copy(s, n);
		r = headers_scan(&parts, piece, n);
		free(piece);
	}
	if (r == 0)
		r = headers_scan(&parts, s, size);
	FUZZ_HOLDS(headers_scan(&whole, s, size) == r);
	FUZZ_HOLDS(!memcmp(&whole, &parts, sizeof whole));
	FUZZ_HOLDS(whole.pos <= size);
	if (whole.from) {
		FUZZ_HOLDS(whole.from_pos + whole.from_len <= size);
		piece = fuzz_copy(s + whole.from_pos, whole.from_len);
		if (from_parse(&addr, piece, whole.from_len, &why))
			FUZZ_HOLDS(strlen(addr.s) == addr.len);
		else
			FUZZ_HOLDS(why);
		free(piece);
	}
	sa_clear(&addr);
	from_parse(&addr, s, size, &why);
	sa_free(&addr);
	free(s);
	return 0;
}
