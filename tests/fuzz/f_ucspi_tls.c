/* SPDX-License-Identifier: ISC */
/* What a UCSPI-TLS server tells of the session.
 *
 * Covers: lib/ucspi_tls.c */
#include "lib/ucspi_tls.h"
#include "tests/fuzz/fuzz.h"

static void
is_clean(const char *s, size_t size)
{
	FUZZ_HOLDS(strnlen(s, size) < size);
	for (; *s; s++)
		FUZZ_HOLDS(*s > ' ' && *s <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ucspi_tls_answer *a = calloc(1, sizeof(*a));
	struct ucspi_tls *u = calloc(1, sizeof(*u));
	size_t i;
	int r = 0;

	if (!a || !u)
		abort();
	for (i = 0; i < size && r == 0; i++)
		r = ucspi_tls_feed(u, a, (char)data[i]);
	FUZZ_HOLDS(r >= -1 && r <= 1);
	if (r == 1)
		FUZZ_HOLDS(i >= 2 && !data[i - 1] && !data[i - 2]);
	is_clean(u->protocol, sizeof(u->protocol));
	is_clean(u->cipher, sizeof(u->cipher));
	free(a);
	free(u);
	return 0;
}
