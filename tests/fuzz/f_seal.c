/* SPDX-License-Identifier: ISC */
/* What smtpd shows as a grant or a token; and one changed by the input.
 *
 * Covers: relayd/seal.c */
#include "relayd/seal.h"
#include <strings.h>
#include "tests/fuzz/fuzz.h"

#define NOW_MS 1000000

static struct seal seal;

static int
check(const char *text, enum seal_purpose purpose)
{
	struct seal_claim claim;
	const char *why = NULL;

	return seal_check(&claim, &seal, text, purpose, NOW_MS, 100, &why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seal_claim claim = { .purpose = SEAL_GRANT,
		.kind = RELAYD_WINDOW, .mailbox = "demo" };
	char good[RELAYD_TOKEN_MAX] = "", *text = fuzz_string(data, size);
	struct fuzz f = { (const char *)data, size };
	size_t len, at;

	if (!seal.key[0])
		memset(seal.key, 'k', sizeof seal.key); /* the same each time */
	FUZZ_HOLDS(check(text, SEAL_TOKEN) == 0);
	FUZZ_HOLDS(check(text, SEAL_GRANT) == 0);
	free(text);
	seal_make(good, &seal, &claim, NOW_MS);
	FUZZ_HOLDS(check(good, SEAL_GRANT) == 1);
	FUZZ_HOLDS(check(good, SEAL_TOKEN) == 0);
	len = strlen(good);
	at = fuzz_byte(&f) % len;
	text = fuzz_string(good, len);
	text[at] = (char)fuzz_byte(&f);
	/* hexadecimal: the same byte in another case is the same seal */
	if (strcasecmp(text, good) != 0)
		FUZZ_HOLDS(check(text, SEAL_GRANT) == 0);
	free(text);
	return 0;
}
