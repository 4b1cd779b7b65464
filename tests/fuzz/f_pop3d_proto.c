/* SPDX-License-Identifier: ISC */
/* What mailboxd and pop3d say to each other.
 *
 * Covers: pop3d/pop3d_proto.c */
#include "pop3d/pop3d.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *packet = fuzz_copy(data, size), text[POP3D_TEXT_MAX];
	static char buf[POP3D_MSG_MAX];
	struct pop3d_request r;
	enum pop3d_result result;
	long n;

	if (size <= sizeof buf && pop3d_request_scan(&r, packet, size) == 0) {
		FUZZ_HOLDS(r.aheadlen <= POP3D_AHEAD_MAX);
		n = pop3d_request_make(buf, sizeof buf, &r);
		FUZZ_HOLDS(n == (long)size && !memcmp(buf, packet, size));
	}
	if (pop3d_answer_scan(&result, text, packet, size) == 0) {
		FUZZ_HOLDS(strlen(text) < sizeof text);
		n = pop3d_answer_make(buf, sizeof buf, result, text);
		FUZZ_HOLDS(n == (long)size && !memcmp(buf, packet, size));
	}
	free(packet);
	return 0;
}
