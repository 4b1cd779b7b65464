/* SPDX-License-Identifier: ISC */
/* The PROXY protocol's header, versions 1 and 2.
 *
 * Covers: lib/listen_proxy.c */
#include "lib/listen_proxy.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listen_proxy p, q;
	char *s = fuzz_copy(data, size), *piece;
	int r = listen_proxy_parse(&p, s, size);
	size_t n;

	FUZZ_HOLDS(r >= -1 && r <= 1);
	if (r == 1) {
		FUZZ_HOLDS(p.used && p.used <= size);
		FUZZ_HOLDS(p.used <= LISTEN_PROXY_MAX);
		/* the header alone says the same, less than it says wait */
		for (n = p.used > 150 ? p.used - 150 : 0; n <= p.used; n++) {
			piece = fuzz_copy(s, n);
			FUZZ_HOLDS(listen_proxy_parse(&q, piece, n) ==
			    (n == p.used));
			free(piece);
		}
		FUZZ_HOLDS(q.used == p.used && q.known == p.known);
	}
	free(s);
	return 0;
}
