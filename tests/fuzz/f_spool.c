/* SPDX-License-Identifier: ISC */
/* A spool file: head, envelope, status bytes, journal; what became of them in
 * memory; what queuectl check says; and the bounce that is written of it.  Byte 0 says whether checksums
 * are made right, so that what lies behind them is reached.
 *
 * Covers: queue/spool.c queue/journal.c queue/active_apply.c
 * queue/inspect_states.c queue/bounce.c */
#include "queue/active_apply.h"
#include "queue/bounce.h"
#include "queue/bytes.h"
#include "queue/inspect.h"
#include "tests/fuzz/fuzz.h"

static bool
has(const struct active *a, char status)
{
	uint32_t i;

	for (i = 0; i < a->ntargets; i++)
		if (a->targets[i].status == status)
			return true;
	return false;
}

static void
bounce(struct active *a, char status)
{
	struct bounce b = { .a = a, .id = "0123456789abcdb0",
		.me = "mx.example", .to = "a@b.example", .status = status,
		.sender = a->env.sender, .header = "Subject: x\n",
		.header_len = 11 };
	stralloc out = { 0 };

	bounce_text(&out, &b);
	FUZZ_HOLDS(out.len && out.s[out.len - 1] == '\n');
	sa_free(&out);
}

static void
walk(struct active *a)
{
	stralloc path = { 0 };
	uint32_t i;

	FUZZ_HOLDS(a->ntargets >= a->head.recipients);
	FUZZ_HOLDS(a->ntargets <= QUEUE_RECIPIENTS_MAX);
	for (i = 0; i < a->ntargets; i++) {
		const struct target *t = &a->targets[i];

		FUZZ_HOLDS(t->parent == SPOOL_NO_TARGET || t->parent < i);
		FUZZ_HOLDS(t->depth <= TARGET_DEPTH_MAX);
		FUZZ_HOLDS(t->status && strchr("psdfbxh", t->status));
		FUZZ_HOLDS(t->status != SPOOL_STAGED || (t->mailbox && t->name));
		if (i < 50)
			active_path(&path, a, i);
	}
	sa_free(&path);
	if (has(a, SPOOL_FAILED))
		bounce(a, SPOOL_FAILED);
	if (has(a, SPOOL_PENDING))
		bounce(a, SPOOL_PENDING);
}

/* Records of the rest: type, length (2), body, with checksums that are right. */
static void
make_journal(stralloc *out, struct fuzz *f, uint64_t chain)
{
	stralloc body = { 0 };
	char type;
	size_t n;

	while (f->len > 3) {
		type = (char)fuzz_byte(f);
		n = fuzz_byte(f) << 8;
		n |= fuzz_byte(f);
		n = n > f->len ? f->len : n;
		sa_copyb(&body, f->p, n);
		f->p += n;
		f->len -= n;
		journal_put(out, &chain, type, &body);
	}
	sa_free(&body);
}

static void
inspect(const struct spool_head *h, const char *p, size_t len,
    const stralloc *journal)
{
	struct inspection in = { 0 };
	struct spool_image image = { .journal = *journal };

	sa_copyb(&image.front, p, len);
	inspect_states(&in, h, &image);
	FUZZ_HOLDS(in.n <= INSPECT_MAX);
	sa_free(&image.front);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { (const char *)data, size };
	bool mend = fuzz_byte(&f) & 1;
	struct message m = { .id = "0123456789abcd" };
	struct spool_head h;
	stralloc journal = { 0 };
	struct active *a;
	size_t front = f.len;
	char *p = fuzz_copy(f.p, f.len);

	if (f.len < SPOOL_HEAD || spool_head_scan(&h, p) == -1)
		goto out;
	FUZZ_HOLDS(h.recipients && h.envelope_len);
	if (spool_message_offset(&h) < f.len)
		front = (size_t)spool_message_offset(&h);
	f.p += front;
	f.len -= front;
	if (mend && front >= SPOOL_HEAD + (size_t)h.envelope_len)
		bytes_put(p + 32,
		    bytes_sum(bytes_sum(BYTES_SUM_START, p, 32), p + SPOOL_HEAD,
			h.envelope_len), 8);
	if (mend)
		make_journal(&journal, &f, bytes_get(p + 32, 8));
	else
		sa_copyb(&journal, f.p, f.len);
	a = active_new(&m, p, front, journal.s, journal.len);
	if (a) {
		walk(a);
		inspect(&h, p, front, &journal);
		active_free(a);
	}
out:
	sa_free(&journal);
	free(p);
	return 0;
}
