/* SPDX-License-Identifier: ISC */
/* What the signer signs, and the words between tlsd's processes. */
#include <string.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"
#include "tlsd/sign_proto.h"

#define SPACES                                                                 \
	"                                                                "
#define RANDOMS                                                                \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define H32  "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"
#define H16  "iiiiiiiiiiiiiiii"
#define P32  "pppppppppppppppppppppppppppppppp"
#define B(s) s, sizeof(s) - 1

static const struct {
	const char *name;
	unsigned scheme;
	const char *message;
	size_t len;
	bool good;
} messages[] = {
	{ "1.3, SHA-256", 0x0403,
	    B(SPACES "TLS 1.3, server CertificateVerify\0" H32), true },
	{ "1.3, SHA-384", 0x0804,
	    B(SPACES "TLS 1.3, server CertificateVerify\0" H32 H16), true },
	{ "1.3, PKCS1", 0x0401,
	    B(SPACES "TLS 1.3, server CertificateVerify\0" H32), false },
	{ "1.3, a client's", 0x0403,
	    B(SPACES "TLS 1.3, client CertificateVerify\0" H32), false },
	{ "1.3, hash of 16", 0x0403,
	    B(SPACES "TLS 1.3, server CertificateVerify\0" H16), false },
	{ "1.3, hash of 64", 0x0403,
	    B(SPACES "TLS 1.3, server CertificateVerify\0" H32 H32), false },
	{ "1.3, a space short", 0x0403,
	    B("                                                               "
	      "TLS 1.3, server CertificateVerify\0" H32 "h"),
	    false },
	{ "1.2, x25519", 0x0401, B(RANDOMS "\3\0\x1d\x20" P32), true },
	{ "1.2, x25519, ECDSA", 0x0503, B(RANDOMS "\3\0\x1d\x20" P32), true },
	{ "1.2, P-256", 0x0804, B(RANDOMS "\3\0\x17\x41" P32 P32 "p"), true },
	{ "1.2, P-384", 0x0806, B(RANDOMS "\3\0\x18\x61" P32 P32 P32 "p"),
	    true },
	{ "1.2, point too short", 0x0401, B(RANDOMS "\3\0\x1d\x1f" P32),
	    false },
	{ "1.2, unknown group", 0x0401, B(RANDOMS "\3\0\x19\x20" P32), false },
	{ "1.2, explicit curve", 0x0401, B(RANDOMS "\1\0\x1d\x20" P32), false },
	{ "1.2, bytes behind", 0x0401, B(RANDOMS "\3\0\x1d\x20" P32 "x"),
	    false },
	{ "a certificate request", 0x0401, B("\x30\x82\x01\x0a\x02\x82"),
	    false },
	{ "a bare hash", 0x0401, B(H32), false },
	{ "nothing", 0x0401, B(""), false },
};

static void
test_messages(void)
{
	size_t i, cut;
	struct guard g;

	for (i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
		const struct sign_scheme *s =
		    sign_scheme_find(messages[i].scheme);

		CHECK(messages[i].name, s != NULL);
		for (cut = 0; cut <= messages[i].len; cut++) {
			const char *p =
			    guard_copy(&g, messages[i].message, cut);
			bool whole = cut == messages[i].len;
			/* only its first 32 bytes of hash are whole, too */
			bool shorter =
			    strcmp(messages[i].name, "1.3, SHA-384") == 0 &&
			    cut == 98 + 32;

			if (whole || messages[i].good)
				CHECK(messages[i].name,
				    sign_message_is_handshake(s, p, cut) ==
					((whole && messages[i].good) ||
					    shorter));
			else
				sign_message_is_handshake(s, p, cut);
			guard_free(&g);
		}
	}
}

static void
test_schemes(void)
{
	CHECK("SHA2-256",
	    sign_scheme_of(true, true, "SHA2-256") == sign_scheme_find(0x0804));
	CHECK("sha384",
	    sign_scheme_of(false, false, "sha384") == sign_scheme_find(0x0503));
	CHECK("SHA1", !sign_scheme_of(true, false, "SHA1"));
	CHECK("MD5-SHA1", !sign_scheme_of(true, false, "MD5-SHA1"));
	CHECK("ECDSA with PSS", !sign_scheme_of(false, true, "SHA256"));
	CHECK("SHA-1 by code", !sign_scheme_find(0x0201));
	CHECK("none by code", !sign_scheme_find(0));
}

/* Whole it is understood; cut anywhere it is not. */
static void
sweep(const char *name, const char *wire, long len,
    int (*scan)(const char *wire, size_t len))
{
	struct guard g;
	long cut;

	CHECK(name, len > 0);
	for (cut = 0; cut <= len; cut++) {
		const char *p = guard_copy(&g, wire, (size_t)cut);

		CHECK(name, (scan(p, (size_t)cut) != -1) == (cut == len));
		guard_free(&g);
	}
}

static int
scan_request(const char *wire, size_t len)
{
	struct sign_request req;

	return sign_request_scan(&req, wire, len);
}

static int
scan_answer(const char *wire, size_t len)
{
	unsigned char sig[4];
	size_t siglen;

	return sign_answer_scan(sig, sizeof(sig), &siglen, wire, len);
}

static int
scan_news(const char *wire, size_t len)
{
	struct cert_news news;

	return cert_news_scan(&news, wire, len);
}

static void
test_wire(void)
{
	static const char message[] = RANDOMS "\3\0\x1d\x20" P32;
	struct sign_request req = {
		.serial = 7, .message = message, .len = sizeof(message) - 1
	};
	struct cert_news add = { .op = 'A',
		.name = "mx.example",
		.serial = 9,
		.chain = "PEM\0PEM",
		.len = 7 };
	struct cert_news remove = { .op = 'R', .name = "mx.example" };
	struct cert_news end = { .op = 'E', .usable = 2 };
	char wire[SIGN_PACKET_MAX];

	req.scheme = sign_scheme_find(0x0401);
	sweep("request", wire, sign_request_put(wire, sizeof(wire), &req),
	    scan_request);
	sweep("add", wire, cert_news_put(wire, sizeof(wire), &add), scan_news);
	sweep("remove", wire, cert_news_put(wire, sizeof(wire), &remove),
	    scan_news);
	sweep("end", wire, cert_news_put(wire, sizeof(wire), &end), scan_news);
	sweep("control", wire, control_put(wire, sizeof(wire), 'C'),
	    control_scan);
	sweep("signed", "Y4:sign,", 8, scan_answer);
	sweep("refused", "N7:refused,", 11, scan_answer);
	CHECK("signature too long", scan_answer(B("Y5:signs,")) == -1);
	CHECK("other answer", scan_answer(B("P4:sign,")) == -1);
	CHECK("other news", scan_news(B("X1:1,")) == -1);
	CHECK("too many names", scan_news(B("E3:257,")) == -1);
	CHECK("unknown scheme", scan_request(B("Q"
					       "1:1,"
					       "1:7,"
					       "3:513,"
					       "0:,")) == -1);
	CHECK("control's version", control_scan(B("C"
						  "1:2,")) == -1);
}

int
main(void)
{
	test_messages();
	test_schemes();
	test_wire();
	return CHECK_DONE();
}
