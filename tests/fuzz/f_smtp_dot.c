/* SPDX-License-Identifier: ISC */
/* What goes out after DATA: only CRLF line ends, dots stuffed, one end; and
 * smtpd's own reader gets back what was meant.
 *
 * Covers: deliver/smtp_dot.c */
#include "deliver/smtp_dot.h"
#include "smtpd/unstuff.h"
#include "tests/fuzz/fuzz.h"

/* Line ends of any kind to LF, the last line ended. */
static size_t
plain(char *out, const char *s, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (s[i] == '\r') {
			out[n++] = '\n';
			i += i + 1 < len && s[i + 1] == '\n';
		} else {
			out[n++] = s[i];
		}
	}
	if (n && out[n - 1] != '\n')
		out[n++] = '\n';
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	struct smtp_dot d = { 0 };
	struct unstuff u = { 0 };
	size_t step = 1 + fuzz_byte(&f), at, n, used, got, want, len = 0, i;
	char *wire = malloc(2 * f.len + SMTP_DOT_END_MAX), *piece, *out;
	char *text = malloc(f.len + 1);

	for (at = 0; at < f.len; at += n) {
		n = f.len - at < step ? f.len - at : step;
		piece = fuzz_copy(f.p + at, n);
		out = malloc(2 * n);
		got = smtp_dot_feed(&d, out, piece, n);
		FUZZ_HOLDS(got <= 2 * n);
		memcpy(wire + len, out, got);
		len += got;
		free(piece);
		free(out);
	}
	len += smtp_dot_end(&d, wire + len);
	for (i = 0; i < len; i++) {
		FUZZ_HOLDS(wire[i] != '\n' || (i && wire[i - 1] == '\r'));
		FUZZ_HOLDS(wire[i] != '\r' || (i + 1 < len && wire[i + 1] == '\n'));
	}
	want = plain(text, f.p, f.len);
	FUZZ_HOLDS(unstuff_feed(&u, wire, len, &used, &got) == 1);
	FUZZ_HOLDS(used == len && got == want && !memcmp(wire, text, got));
	FUZZ_HOLDS(u.bad == (memchr(text, 0, want) != NULL));
	free(wire);
	free(text);
	return 0;
}
