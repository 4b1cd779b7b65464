/* SPDX-License-Identifier: ISC */
/* What a message says to lists, forwards and autoresponders: a sender, a line;
 * another sender, a line; the header, or a reply's file.
 *
 * Covers: deliver/header.c deliver/srs.c deliver/reply.c deliver/automatic.c
 * deliver/list_head.c */
#include "deliver/automatic.h"
#include "deliver/list.h"
#include "deliver/local_key.h"
#include "deliver/reply.h"
#include "deliver/srs.h"
#include "tests/fuzz/fuzz.h"

#define NOW 1790000000UL

static void
prepare(void)
{
	fuzz_scratch();
	mkdir("mail", 0700);
	local_key_load();
}
FUZZ_BEGIN(prepare)

/* What is made leads back; what is not ours does not, but may not crash. */
static void
srs(const char *sender, const char *other)
{
	stralloc out = { 0 }, back = { 0 };

	if (srs_make(&out, sender, "our.test", NOW)) {
		FUZZ_HOLDS(srs_back(&back, out.s, NOW));
		if (strncmp(out.s, "SRS0", 4) == 0)
			FUZZ_HOLDS(strncasecmp(
				       back.s, sender, strlen(back.s)) == 0);
		if (strlen(out.s) < 200) {
			FUZZ_HOLDS(srs_make(&back, out.s, "next.test", NOW));
			FUZZ_HOLDS(strncmp(back.s, "SRS1", 4) == 0);
		}
	}
	FUZZ_HOLDS(!srs_back(&back, other, NOW));
	list_person(&out, other);
	FUZZ_HOLDS(strlen(out.s) == out.len);
	sa_free(&out);
	sa_free(&back);
}

/* An answer has one header, whatever it answers. */
static void
answer(const struct header *h, const struct reply *r)
{
	struct automatic a = { .from = "ann@our.test", .to = "bob@far.test",
		.subject = r->subject, .more = "", .text = r->text,
		.text_len = r->text_len, .about = "1", .h = h };
	static const char marked[] = "\nAuto-Submitted: auto-replied\n";
	stralloc out = { 0 };
	size_t i, n = 0;
	char *end;

	automatic_text(&out, &a, NOW);
	for (i = 0; i < out.len; i++) {
		n = out.s[i] == '\n' ? 0 : n + 1;
		FUZZ_HOLDS(n <= 998 && out.s[i] && out.s[i] != '\r');
	}
	end = memmem(out.s, out.len, "\n\n", 2);
	FUZZ_HOLDS(end && memmem(out.s, (size_t)(end - out.s), marked,
		sizeof marked - 1));
	sa_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	struct fuzz one = fuzz_part(&f, '\n'), two = fuzz_part(&f, '\n');
	char *sender = fuzz_string(one.p, one.len);
	char *other = fuzz_string(two.p, two.len);
	char *head = fuzz_copy(f.p, f.len), *file = fuzz_copy(f.p, f.len);
	stralloc strip = { 0 };
	struct header h;
	struct reply r;

	srs(sender, other);
	header_of(&h, head, f.len);
	automatic_never(sender, &h);
	header_names(&h, "To", other);
	reply_parse(&r, file, f.len);
	FUZZ_HOLDS(r.text >= file && r.text + r.text_len <= file + f.len);
	answer(&h, &r);
	sa_copyb(&strip, head, f.len);
	list_head_strip(&strip);
	FUZZ_HOLDS(strip.len <= f.len);
	sa_free(&strip);
	free(sender);
	free(other);
	free(head);
	free(file);
	return 0;
}
