/* SPDX-License-Identifier: ISC */
/* run/tlsd/in and out, and what tlsd's own processes say to each other.
 *
 * Covers: tlsd/tlsd_proto.c tlsd/sign_proto.c tlsd/sign_scheme.c */
#include "tlsd/tlsd_proto.h"
#include "tlsd/sign_proto.h"
#include "tests/fuzz/fuzz.h"

static char buf[65536];

static void
sessions(const char *p, size_t len)
{
	struct tlsd_request q, q2;
	struct tlsd_session s = { .plain = -1 }, s2 = { .plain = -1 };
	const char *asked;
	long n;
	int op;

	if (tlsd_request_scan(&q, p, len) == 0) {
		FUZZ_HOLDS(q.op == 'I' || q.op == 'O');
		n = tlsd_request_put(buf, sizeof buf, &q);
		FUZZ_HOLDS(n > 0);
		FUZZ_HOLDS(tlsd_request_scan(&q2, buf, (size_t)n) == 0);
		FUZZ_HOLDS(!strcmp(q.host, q2.host) && q.policy == q2.policy);
	}
	for (asked = "IO"; *asked; asked++) {
		op = tlsd_answer_scan(&s, *asked, p, len);
		if (op == -1)
			continue;
		FUZZ_HOLDS(op == 'P' || op == 'N' || op == 'T');
		n = tlsd_answer_put(buf, sizeof buf, (char)op, *asked, &s);
		FUZZ_HOLDS(n > 0);
		FUZZ_HOLDS(tlsd_answer_scan(&s2, *asked, buf, (size_t)n) == op);
	}
}

static void
signing(const char *p, size_t len)
{
	unsigned char sig[SIGN_SIGNATURE_MAX];
	struct sign_request q;
	struct cert_news news;
	size_t siglen;
	long n;

	control_scan(p, len);
	if (sign_request_scan(&q, p, len) == 0) {
		FUZZ_HOLDS(q.len <= SIGN_MESSAGE_MAX && q.scheme);
		n = sign_request_put(buf, sizeof buf, &q);
		FUZZ_HOLDS(n == (long)len && !memcmp(buf, p, len));
	}
	if (sign_answer_scan(sig, sizeof sig, &siglen, p, len) == 1)
		FUZZ_HOLDS(siglen <= sizeof sig);
	if (cert_news_scan(&news, p, len) == 0) {
		FUZZ_HOLDS(news.op && strchr("ARE", news.op));
		n = cert_news_put(buf, sizeof buf, &news);
		FUZZ_HOLDS(n == (long)len && !memcmp(buf, p, len));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *p = fuzz_copy(data, size);

	sessions(p, size);
	signing(p, size);
	free(p);
	return 0;
}
