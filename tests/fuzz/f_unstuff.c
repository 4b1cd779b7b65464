/* SPDX-License-Identifier: ISC */
/* DATA's state machine, cut anywhere, against the definition.
 *
 * Covers: smtpd/unstuff.c */
#include "smtpd/unstuff.h"
#include "tests/fuzz/fuzz.h"

/* The message ends at the first CRLF.CRLF, a CRLF thought in front of it.
 * text: what it says, where nothing is bad. */
static bool
look(const char *s, size_t len, size_t *used, char *text, size_t *textlen,
    bool *bad)
{
	char *all = malloc(len + 2), *end;
	size_t i, body;

	memcpy(all, "\r\n", 2);
	memcpy(all + 2, s, len);
	end = memmem(all, len + 2, "\r\n.\r\n", 5);
	*used = end ? (size_t)(end + 5 - all) - 2 : len;
	body = end ? (size_t)(end + 2 - all) : len + 2;
	*bad = false;
	for (*textlen = 0, i = 2; i < body; i++) {
		if (!all[i] || (all[i] == '\n' && all[i - 1] != '\r') ||
		    (all[i] == '\r' && i + 1 < len + 2 && all[i + 1] != '\n'))
			*bad = true;
		if (all[i] == '\r' ||
		    (all[i] == '.' && !memcmp(all + i - 2, "\r\n", 2)))
			continue;
		text[(*textlen)++] = all[i];
	}
	free(all);
	return end != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	size_t step = 1 + fuzz_byte(&f), at = 0, used = 0, out, n, len = 0, want;
	size_t textlen;
	char *text = malloc(f.len + 1), *got = malloc(f.len + 1), *piece;
	struct unstuff u = { 0 };
	bool ended = false, bad;

	if (!look(f.p, f.len, &want, text, &textlen, &bad))
		textlen = 0;
	else
		FUZZ_HOLDS(want <= f.len);
	for (; at < f.len && !ended; at += used) {
		n = f.len - at < step ? f.len - at : step;
		piece = fuzz_copy(f.p + at, n);
		ended = unstuff_feed(&u, piece, n, &used, &out) == 1;
		FUZZ_HOLDS(used <= n && out <= n && (ended || used == n));
		/* a CR kept back comes later: never more than was read */
		FUZZ_HOLDS(len + out <= f.len);
		memcpy(got + len, piece, out);
		len += out;
		free(piece);
	}
	FUZZ_HOLDS(at == want);
	FUZZ_HOLDS(u.bad == bad);
	if (ended && !bad)
		FUZZ_HOLDS(len == textlen && !memcmp(got, text, len));
	free(text);
	free(got);
	return 0;
}
