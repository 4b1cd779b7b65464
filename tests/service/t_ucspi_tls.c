/* SPDX-License-Identifier: ISC */
#include "lib/ucspi_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tests/lib/check.h"

#define B(s) (s), sizeof(s) - 1
#define LONG "0123456789012345678901234567890123456789012345678901234567890123"

static const struct {
	const char *name, *wire;
	size_t len;
	int want;
	const char *protocol, *cipher;
} rows[] = {
	{ "nothing to tell", B("\0\0"), 1, "", "" },
	{ "both", B("SSL_PROTOCOL=TLSv1.3\0SSL_CIPHER=AES\0\0"), 1, "TLSv1.3",
	    "AES" },
	{ "among others", B("A=b\0SSL_CIPHER=C\0SSL_CIPHER_USEKEYSIZE=1\0\0"),
	    1, "", "C" },
	{ "a long one", B("A=" LONG LONG LONG "\0SSL_PROTOCOL=x\0\0"), 1, "x",
	    "" },
	{ "a long protocol", B("SSL_PROTOCOL=" LONG "\0\0"), 1, "", "" },
	{ "no name", B("=\0\0"), 1, "", "" },
	{ "an empty value", B("SSL_CIPHER=\0\0"), 1, "", "" },
	{ "a blank in it", B("SSL_CIPHER=a b\0\0"), 1, "", "" },
	{ "a line's end in it", B("SSL_CIPHER=a\r\nb\0\0"), 1, "", "" },
	{ "the second counts", B("SSL_CIPHER=a\0SSL_CIPHER=b\0\0"), 1, "", "b" },
	{ "not ended", B("SSL_CIPHER=a\0"), 0, "", "a" },
	{ "begins with the end", B("\0A=b\0\0"), -1, "", "" },
};

static int
feed(struct ucspi_tls *u, const char *s, size_t len, size_t *used)
{
	struct ucspi_tls_answer a = { 0 };
	int r = 0;

	for (*used = 0; *used < len && r == 0; (*used)++)
		r = ucspi_tls_feed(u, &a, s[*used]);
	return r;
}

static void
answers(void)
{
	size_t i, n, used;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ucspi_tls u = { 0 };

		CHECK(rows[i].name,
		    feed(&u, rows[i].wire, rows[i].len, &used) == rows[i].want);
		CHECK(rows[i].name, strcmp(u.protocol, rows[i].protocol) == 0 &&
			strcmp(u.cipher, rows[i].cipher) == 0);
		for (n = 0; rows[i].want == 1 && n < rows[i].len; n++)
			CHECK(rows[i].name,
			    feed(&u, rows[i].wire, n, &used) == 0);
	}
}

static void
endless(void)
{
	struct ucspi_tls_answer a = { 0 };
	struct ucspi_tls u = { 0 };
	size_t n = 0;

	while (ucspi_tls_feed(&u, &a, 'x') == 0 && n <= UCSPI_TLS_ENV_MAX)
		n++;
	CHECK("endless", n == UCSPI_TLS_ENV_MAX && errno == EPROTO);
}

static int
find(struct ucspi_tls *u, const char *control, const char *in, const char *out)
{
	unsetenv("SSLCTLFD");
	unsetenv("SSLREADFD");
	unsetenv("SSLWRITEFD");
	if (control)
		setenv("SSLCTLFD", control, 1);
	if (in)
		setenv("SSLREADFD", in, 1);
	if (out)
		setenv("SSLWRITEFD", out, 1);
	return ucspi_tls_find(u);
}

static void
environment(void)
{
	struct ucspi_tls u;

	CHECK("none", find(&u, NULL, NULL, NULL) == 0);
	CHECK("only others", find(&u, NULL, "0", "1") == 0);
	CHECK("all", find(&u, "2", "0", "1") == 1 && u.control == 2 &&
		u.in == 0 && u.out == 1);
	CHECK("one for all", find(&u, "2", "2", "2") == 1);
	CHECK("one missing", find(&u, "2", "0", NULL) == -1);
	CHECK("empty", find(&u, "", "0", "1") == -1);
	CHECK("not a number", find(&u, "2x", "0", "1") == -1);
	CHECK("negative", find(&u, "-1", "0", "1") == -1);
	CHECK("blank in front", find(&u, " 2", "0", "1") == -1);
	CHECK("large", find(&u, "99999999999999999999", "0", "1") == -1);
	CHECK("not open", find(&u, "2", "0", "999") == -1);
}

static void
start(void)
{
	struct ucspi_tls u = { 0 };
	char c = 0;
	int s[2], p[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) == -1 || pipe(p) == -1)
		abort();
	u.control = u.in = s[0];
	u.out = p[1];
	CHECK("no answer", ucspi_tls_start(&u, 50) == -1 && errno == ETIMEDOUT);
	CHECK("asked", read(s[1], &c, 1) == 1 && c == 'Y');
	CHECK("answer", write(s[1], "SSL_PROTOCOL=p\0\0data", 20) == 20 &&
		ucspi_tls_start(&u, 1000) == 0 && strcmp(u.protocol, "p") == 0);
	CHECK("not a byte more is taken", read(u.in, &c, 1) == 1 && c == 'd');
	CHECK("out does not block", fcntl(p[1], F_GETFL) & O_NONBLOCK);
	close(s[1]);
	CHECK("gone", ucspi_tls_start(&u, 1000) == -1);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	answers();
	endless();
	environment();
	start();
	return CHECK_DONE();
}
