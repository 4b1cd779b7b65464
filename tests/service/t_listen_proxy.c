/* SPDX-License-Identifier: ISC */
#include "lib/listen_proxy.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) (s), sizeof(s) - 1
#define SIG  "\r\n\r\n\0\r\nQUIT\n"
#define A4   "\xc0\0\2\7" "\xc0\0\2\1" "\x12\x67" "\0\x19"
#define A6                                                                     \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\7"                                \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1" "\x12\x67" "\0\x19"

static const struct {
	const char *name, *wire;
	size_t len;
	int want;
	const char *remote; /* NULL: not known */
	bool tls;
} rows[] = {
	{ "v1 TCP4", B("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n"), 1,
	    "192.0.2.7", false },
	{ "v1 TCP6", B("PROXY TCP6 2001:db8::7 2001:db8::1 4711 25\r\n"), 1,
	    "2001:db8::7", false },
	{ "v1 UNKNOWN", B("PROXY UNKNOWN\r\n"), 1, NULL, false },
	{ "v1 UNKNOWN with words", B("PROXY UNKNOWN a b c d\r\n"), 1, NULL,
	    false },
	{ "v1 of the longest kind",
	    B("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"), 1,
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false },
	{ "v2 TCP4", B(SIG "\x21\x11\0\x0c" A4), 1, "192.0.2.7", false },
	{ "v2 TCP6", B(SIG "\x21\x21\0\x24" A6), 1, "2001:db8::7", false },
	{ "v2 with TLS", B(SIG "\x21\x11\0\x14" A4 "\x20\0\5\1\0\0\0\0"), 1,
	    "192.0.2.7", true },
	{ "v2 with two fields", B(SIG "\x21\x11\0\x13" A4 "\4\0\0" "\5\0\1x"), 1,
	    "192.0.2.7", false },
	{ "v2 LOCAL", B(SIG "\x20\0\0\0"), 1, NULL, false },
	{ "v2 LOCAL with addresses", B(SIG "\x20\x11\0\x0c" A4), 1, NULL,
	    false },
	{ "v2 of unknown kind", B(SIG "\x21\0\0\2xx"), 1, NULL, false },
	{ "v2 nothing said", B(SIG "\x21\0\0\0"), 1, NULL, false },

	{ "SMTP", B("EHLO there\r\n"), -1, NULL, false },
	{ "lower case", B("proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n"), -1, NULL,
	    false },
	{ "bare LF", B("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\n"), -1, NULL,
	    false },
	{ "v6 as TCP4", B("PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n"), -1,
	    NULL, false },
	{ "v4 as TCP6", B("PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n"), -1, NULL,
	    false },
	{ "a port too high", B("PROXY TCP4 192.0.2.7 192.0.2.1 65536 25\r\n"),
	    -1, NULL, false },
	{ "a leading zero", B("PROXY TCP4 192.0.2.7 192.0.2.1 04711 25\r\n"),
	    -1, NULL, false },
	{ "a sign", B("PROXY TCP4 192.0.2.7 192.0.2.1 +471 25\r\n"), -1, NULL,
	    false },
	{ "a port missing", B("PROXY TCP4 192.0.2.7 192.0.2.1 4711\r\n"), -1,
	    NULL, false },
	{ "two blanks", B("PROXY TCP4  192.0.2.7 192.0.2.1 4711 25\r\n"), -1,
	    NULL, false },
	{ "a blank at the end", B("PROXY TCP4 192.0.2.7 192.0.2.1 4711 25 \r\n"),
	    -1, NULL, false },
	{ "a NUL", B("PROXY TCP4 192.0.2.7\0 192.0.2.1 4711 25\r\n"), -1, NULL,
	    false },
	{ "no family", B("PROXY \r\n"), -1, NULL, false },
	{ "too long",
	    B("PROXY UNKNOWN xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	      "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"),
	    -1, NULL, false },
	{ "v2 of version 3", B(SIG "\x31\x11\0\x0c" A4), -1, NULL, false },
	{ "v2 command unknown", B(SIG "\x22\x11\0\x0c" A4), -1, NULL, false },
	{ "v2 datagrams", B(SIG "\x21\x12\0\x0c" A4), -1, NULL, false },
	{ "v2 addresses cut", B(SIG "\x21\x11\0\x0b" "12345678901"), -1, NULL,
	    false },
	{ "v2 field past the end", B(SIG "\x21\x11\0\x10" A4 "\4\0\2x"), -1,
	    NULL, false },
	{ "v2 far too long", B(SIG "\x21\x11\xff\xff"), -1, NULL, false },
	{ "signature spoilt", B("\r\n\r\n\0\r\nQUIX\n\x21\x11\0\x0c" A4), -1,
	    NULL, false },
};

/* Cut anywhere, a good header wants more, and nothing is ever found. */
static void
sweep(const char *name, const char *wire, size_t len, int want)
{
	struct listen_proxy p;
	struct guard g;
	size_t cut;
	char *s;
	int r;

	for (cut = 0; cut < len; cut++) {
		s = guard_copy(&g, wire, cut);
		r = listen_proxy_parse(&p, s, cut);
		CHECK(name, want == 1 ? r == 0 : r <= 0);
		guard_free(&g);
	}
}

static void
parse_rows(void)
{
	struct listen_proxy p;
	char text[IP_TEXT_SIZE];
	struct guard g;
	size_t i;
	char *s;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s = guard_copy(&g, rows[i].wire, rows[i].len);
		CHECK(rows[i].name,
		    listen_proxy_parse(&p, s, rows[i].len) == rows[i].want);
		if (rows[i].want == 1) {
			CHECK(rows[i].name, p.used == rows[i].len);
			CHECK(rows[i].name, p.known == !!rows[i].remote);
			CHECK(rows[i].name, p.tls == rows[i].tls);
		}
		if (rows[i].remote) {
			ip_format(text, &p.remote);
			CHECK(rows[i].name, strcmp(text, rows[i].remote) == 0);
		}
		guard_free(&g);
		sweep(rows[i].name, rows[i].wire, rows[i].len, rows[i].want);
	}
}

/* From a socket exactly the header is taken. */
static void
read_rows(void)
{
	struct listen_proxy p;
	char rest[8];
	int s[2], r;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1 ||
		    write(s[1], rows[i].wire, rows[i].len) == -1 ||
		    write(s[1], "next", 4) != 4)
			abort();
		r = listen_proxy_read(&p, s[0], 1000);
		CHECK(rows[i].name, r == (rows[i].want == 1 ? 0 : -1));
		if (r == 0)
			CHECK(rows[i].name, read(s[0], rest, sizeof(rest)) == 4 &&
			    memcmp(rest, "next", 4) == 0);
		close(s[0]);
		close(s[1]);
	}
}

static void
read_late(void)
{
	struct listen_proxy p;
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1 ||
	    write(s[1], "PROXY", 5) != 5)
		abort();
	CHECK("half a header", listen_proxy_read(&p, s[0], 50) == -1 &&
	    errno == ETIMEDOUT);
	close(s[1]);
	CHECK("then the end", listen_proxy_read(&p, s[0], 50) == -1 &&
	    errno == ECONNRESET);
	close(s[0]);
}

int
main(void)
{
	parse_rows();
	read_rows();
	read_late();
	return CHECK_DONE();
}
