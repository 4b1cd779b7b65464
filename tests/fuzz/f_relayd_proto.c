/* SPDX-License-Identifier: ISC */
/* relayd's four sockets: what is read makes the same packet again.
 *
 * Covers: relayd/relayd_proto.c */
#include "relayd/relayd_proto.h"
#include "tests/fuzz/fuzz.h"

/* Byte 0: the socket; byte 1: the request that is answered, or 0: a request. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	enum relayd_port port = (enum relayd_port)(fuzz_byte(&f) % RELAYD_PORTS);
	char of = (char)fuzz_byte(&f), *packet, buf[RELAYD_MSG_MAX];
	struct relayd_request rq;
	struct relayd_answer an;
	long len = -1;

	if (f.len > sizeof buf)
		return 0;
	packet = fuzz_copy(f.p, f.len);
	if (of == '.') {
		if (relayd_request_scan(&rq, port, packet, f.len) == -1)
			goto out;
		len = relayd_request_format(buf, sizeof buf, port, &rq);
	} else {
		if (relayd_answer_scan(&an, port, of, packet, f.len) == -1)
			goto out;
		len = relayd_answer_format(buf, sizeof buf, port, of, &an);
	}
	FUZZ_HOLDS(len > 0);
	if (of == '.')
		FUZZ_HOLDS(relayd_request_scan(&rq, port, buf, (size_t)len) == 0);
	else
		FUZZ_HOLDS(relayd_answer_scan(&an, port, of, buf, (size_t)len) ==
		    0);
out:
	free(packet);
	return 0;
}
