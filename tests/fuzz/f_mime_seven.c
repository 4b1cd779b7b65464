/* SPDX-License-Identifier: ISC */
/* A message for a server without 8BITMIME: no byte is lost on the way through
 * the parser, how it is cut changes nothing, and what comes out has no 8-bit byte
 * in a body.
 *
 * Covers: deliver/mime_field.c deliver/mime_head.c deliver/mime_walk.c
 * deliver/mime_plan.c deliver/mime_seven.c deliver/mime_encode.c */
#include "deliver/mime_seven.h"
#include "tests/fuzz/fuzz.h"

struct text {
	char *s;
	size_t len, room;
};

static int
put(void *arg, const char *p, size_t len)
{
	struct text *t = arg;

	FUZZ_HOLDS(t->len + len <= t->room);
	memcpy(t->s + t->len, p, len);
	t->len += len;
	return 0;
}

static void
make_plan(struct mime_plan *p, const char *s, size_t len, size_t step)
{
	size_t at, n;
	char *piece;

	mime_plan_start(p);
	for (at = 0; at < len; at += n) {
		n = len - at < step ? len - at : step;
		piece = fuzz_copy(s + at, n);
		mime_plan_feed(p, piece, n);
		free(piece);
	}
	mime_plan_end(p);
}

static void
convert(struct text *t, const struct mime_plan *plan, const char *s, size_t len,
    size_t step)
{
	static struct mime_seven m;
	size_t at, n;
	char *piece;

	t->len = 0;
	m.plan = plan;
	m.put = put;
	m.arg = t;
	mime_seven_start(&m);
	for (at = 0; at < len; at += n) {
		n = len - at < step ? len - at : step;
		piece = fuzz_copy(s + at, n);
		mime_seven_feed(&m, piece, n);
		free(piece);
	}
	FUZZ_HOLDS(mime_seven_end(&m) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	static struct mime_plan plan, whole, again;
	size_t step = 1 + fuzz_byte(&f), room = 305 * f.len + 300;
	struct text out = { malloc(room), 0, room };
	struct text same = { malloc(room), 0, room };

	make_plan(&whole, f.p, f.len, f.len + 1);
	make_plan(&plan, f.p, f.len, step);
	FUZZ_HOLDS(plan.eight == whole.eight && plan.why == whole.why);
	if (!plan.why) {
		memset(&again, 0, sizeof(again)); /* keep everything */
		convert(&out, &again, f.p, f.len, step);
		if (!plan.eight)
			FUZZ_HOLDS(out.len == f.len &&
				   !memcmp(out.s, f.p, f.len));
		convert(&out, &plan, f.p, f.len, step);
		convert(&same, &whole, f.p, f.len, f.len + 1);
		FUZZ_HOLDS(out.len == same.len &&
			   !memcmp(out.s, same.s, out.len));
		make_plan(&again, out.s, out.len, out.len + 1);
		FUZZ_HOLDS(!again.eight && !again.why);
	}
	free(out.s);
	free(same.s);
	return 0;
}
