/* SPDX-License-Identifier: ISC */
/* authd's sockets.
 *
 * Covers: authd/authd_proto.c */
#include "authd/authd_proto.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	unsigned what = fuzz_byte(&f) % 5;
	char *packet = fuzz_copy(f.p, f.len), buf[AUTHD_MSG_MAX];
	struct authd_request rq, rq2;
	struct authd_account acct;
	struct authd_login login;
	enum authd_result result;
	uint64_t until;
	long n;

	if (what < 3 && authd_request_scan(&rq, packet, f.len) == 0) {
		n = authd_verify_format(buf, sizeof buf,
		    rq.hand_on ? 'P' : 'V', rq.user, rq.password, &rq.ip);
		FUZZ_HOLDS(n > 0);
		FUZZ_HOLDS(!authd_request_scan(&rq2, buf, (size_t)n));
		FUZZ_HOLDS(!strcmp(rq.user, rq2.user) &&
		    !strcmp(rq.password, rq2.password) &&
		    ip_equal(&rq.ip, &rq2.ip) && rq.hand_on == rq2.hand_on);
	}
	memset(&acct, 0, sizeof acct);
	if (what == 3 &&
	    authd_account_scan(&result, &acct, packet, f.len) == 0) {
		n = authd_account_format(buf, sizeof buf, result, &acct);
		FUZZ_HOLDS(n == (long)f.len && !memcmp(buf, packet, f.len));
	}
	if (what == 4 && authd_login_scan(&login, &until, packet, f.len) == 0) {
		n = authd_login_format(buf, sizeof buf, &login, until);
		FUZZ_HOLDS(n == (long)f.len && !memcmp(buf, packet, f.len));
	}
	free(packet);
	return 0;
}
