/* SPDX-License-Identifier: ISC */
/* lib/msg: what the reader takes is exactly what the writer makes.
 *
 * Covers: lib/msg.c */
#include "lib/msg.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct msg_reader r, n;
	struct msg_writer w;
	char *packet = fuzz_copy(data, size), *again = malloc(size + 1);
	const char *field;
	char text[64];
	uint64_t v;
	size_t len;

	if (msg_open(&r, packet, size) == 0) {
		msg_start(&w, again, size + 1, r.op);
		while (msg_more(&r)) {
			n = r;
			if (msg_gets(&n, text, sizeof text) == 0)
				FUZZ_HOLDS(strlen(text) < sizeof text);
			n = r;
			msg_getn(&n, &v, UINT64_MAX);
			if (msg_getb(&r, &field, &len, MSG_MAX) == -1)
				break;
			FUZZ_HOLDS(field + len < packet + size);
			msg_putb(&w, field, len);
		}
		if (msg_close(&r) == 0)
			FUZZ_HOLDS(msg_end(&w) == (long)size &&
			    !memcmp(again, packet, size));
	}
	free(packet);
	free(again);
	return 0;
}
