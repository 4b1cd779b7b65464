/* SPDX-License-Identifier: ISC */
/* smtpd's line reader over a pipe, in pieces, against a simple one.
 *
 * Covers: smtpd/client.c */
#include "smtpd/client.h"
#include "tests/fuzz/fuzz.h"

static struct client c;

/* What the bytes up to the next LF are, all seen at once. */
static enum client_line
look(const char *s, size_t len)
{
	if (len + 1 > CLIENT_LINE_MAX)
		return CLIENT_TOO_LONG;
	if (!len || s[len - 1] != '\r' || memchr(s, 0, len) ||
	    memchr(s, '\r', len - 1))
		return CLIENT_BAD;
	return CLIENT_LINE;
}

/* All lines that are whole. */
static void
take(const char *s, size_t *at, size_t len)
{
	enum client_line got;
	const char *lf;
	char *line;

	while ((got = client_line(&c, &line, CLIENT_LINE_MAX)) != CLIENT_MORE) {
		lf = memchr(s + *at, '\n', len - *at);
		FUZZ_HOLDS(lf);
		FUZZ_HOLDS(got == look(s + *at, (size_t)(lf - s) - *at));
		if (got == CLIENT_LINE)
			FUZZ_HOLDS(strlen(line) == (size_t)(lf - s) - *at - 1 &&
			    !memcmp(line, s + *at, strlen(line)));
		*at = (size_t)(lf - s) + 1;
		client_put(&c, "250 ok", 6);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	size_t at = 0, fed = 0, n, step = 1 + fuzz_byte(&f) * 16;
	int fd[2], null = open("/dev/null", O_WRONLY);

	if (step < f.len / 200) /* not for ever */
		step = f.len / 200;
	if (pipe(fd) == -1 || null == -1)
		abort();
	client_init(&c, fd[0], null);
	for (; fed < f.len && fed < 60000; fed += n) {
		n = f.len - fed < step ? f.len - fed : step;
		if (write(fd[1], f.p + fed, n) != (ssize_t)n)
			abort();
		FUZZ_HOLDS(client_fill(&c, 5) == 1);
		take(f.p, &at, fed + n);
	}
	FUZZ_HOLDS(fed < f.len || !memchr(f.p + at, '\n', fed - at));
	close(fd[0]);
	close(fd[1]);
	close(null);
	return 0;
}
