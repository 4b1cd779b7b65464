/* SPDX-License-Identifier: ISC */
/* The spool format: what is made is read; cut or changed anywhere, it is told
 * from whole. */
#include "queue/spool.h"

#include <string.h>
#include "queue/journal.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *name, *sender, *recipients;
	size_t len;
	uint32_t n;
	uint64_t size;
} rows[] = {
	{ "one", "a@b.example", "c@d.example\0", 12, 1, 100 },
	{ "null sender", "", "c@d.example\0", 12, 1, 0 },
	{ "three", "a@b.example", "c@d\0e@f\0g@h\0", 12, 3, 1ULL << 39 },
};

static void
make(stralloc *out, unsigned i)
{
	struct spool_head h = { .recipients = rows[i].n,
		.accepted = 1700000000, .size = rows[i].size };
	struct spool_envelope env = { .id = "abcdefghijklmn",
		.sender = rows[i].sender, .origin = "outside",
		.ip = "192.0.2.1", .helo = "helo", .account = "widget01",
		.body = "8", .uid = 4711, .recipients = rows[i].recipients,
		.recipients_len = rows[i].len };

	spool_make(out, &h, &env);
}

static int
scan(struct spool_envelope *env, struct spool_head *h, stralloc *store,
    const char *p, size_t len)
{
	if (len < SPOOL_HEAD || spool_head_scan(h, p) == -1)
		return -1;
	return spool_envelope_scan(env, store, h, p, len);
}

static void
whole(void)
{
	stralloc out = { 0 }, store = { 0 };
	struct spool_envelope env;
	struct spool_head h;
	unsigned i;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		make(&out, i);
		CHECK(rows[i].name, scan(&env, &h, &store, out.s, out.len) == 0);
		CHECK(rows[i].name, strcmp(env.sender, rows[i].sender) == 0);
		CHECK(rows[i].name, strcmp(env.account, "widget01") == 0);
		CHECK(rows[i].name, env.uid == 4711 && *env.body == '8');
		CHECK(rows[i].name, env.recipients_len == rows[i].len &&
			memcmp(env.recipients, rows[i].recipients,
			    rows[i].len) == 0);
		CHECK(rows[i].name, h.size == rows[i].size && h.state == 'A' &&
			h.recipients == rows[i].n &&
			h.accepted == 1700000000);
		CHECK(rows[i].name, spool_message_offset(&h) == out.len);
		spool_set_size(&out, 4242);
		CHECK(rows[i].name,
		    scan(&env, &h, &store, out.s, out.len) == 0 &&
			h.size == 4242);
	}
	sa_free(&out);
	sa_free(&store);
}

static void
cut(void)
{
	stralloc out = { 0 }, store = { 0 };
	struct spool_envelope env;
	struct spool_head h;
	struct guard g;
	unsigned i;
	size_t len;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		make(&out, i);
		for (len = 0; len < out.len - rows[i].n; len++) {
			char *p = guard_copy(&g, out.s, len);

			CHECK(rows[i].name,
			    scan(&env, &h, &store, p, len) == -1);
			guard_free(&g);
		}
	}
	sa_free(&out);
	sa_free(&store);
}

/* Every byte that does not change in place is covered. */
static void
flipped(void)
{
	stralloc out = { 0 }, store = { 0 };
	struct spool_envelope env;
	struct spool_head h;
	size_t i;

	make(&out, 2);
	for (i = 0; i < out.len - 3; i++) {
		if (i >= SPOOL_AT_NEXT && i < SPOOL_HEAD)
			continue;
		out.s[i] ^= 1;
		CHECK("a flipped bit",
		    scan(&env, &h, &store, out.s, out.len) == -1);
		out.s[i] ^= 1;
	}
	sa_free(&out);
	sa_free(&store);
}

static void
put_records(stralloc *out, uint64_t *chain)
{
	struct journal_expand x = { .parent = 0, .n = 2, .kind = 'l',
		.sender = "own@b", .away = "", .head = "List-Id: x\n",
		.key = "", .mailbox = "", .targets = "x@y\0z@w\0",
		.targets_len = 8 };
	struct journal_answer a = { .when = 99, .class = 'T', .nranges = 1,
		.ranges = "\1\0\0\0\2\0\0\0", .status = "4.2.0",
		.host = "mx[192.0.2.1]", .text = "later" };
	stralloc body = { 0 };

	journal_put_expand(&body, &x);
	journal_put(out, chain, 'X', &body);
	sa_clear(&body);
	journal_put_staged(&body, 1, "box", "name1");
	journal_put_staged(&body, 2, "box2", "name2");
	journal_put(out, chain, 'S', &body);
	journal_put_answer(&body, &a);
	journal_put(out, chain, 'A', &body);
	sa_free(&body);
}

static void
read_records(const stralloc *out, uint64_t chain)
{
	struct journal_record r;
	struct journal_expand x;
	struct journal_answer a;
	const char *mailbox, *name;
	uint32_t t, count;
	size_t at = 0, in = 0;

	CHECK("X", journal_next(&r, out->s, out->len, &at, &chain) == 1);
	CHECK("X", journal_expand_scan(&x, &r) == 0 && x.n == 2 &&
		strcmp(x.sender, "own@b") == 0 &&
		memcmp(x.targets, "x@y\0z@w", 8) == 0);
	CHECK("S", journal_next(&r, out->s, out->len, &at, &chain) == 1);
	CHECK("S", journal_staged_next(&r, &in, &t, &mailbox, &name) == 1 &&
		t == 1 && strcmp(name, "name1") == 0);
	CHECK("S", journal_staged_next(&r, &in, &t, &mailbox, &name) == 1 &&
		t == 2 && strcmp(mailbox, "box2") == 0);
	CHECK("S", journal_staged_next(&r, &in, &t, &mailbox, &name) == 0);
	CHECK("A", journal_next(&r, out->s, out->len, &at, &chain) == 1);
	CHECK("A", journal_answer_scan(&a, &r) == 0 && a.class == 'T' &&
		a.when == 99 && strcmp(a.text, "later") == 0);
	journal_range(&a, 0, &t, &count);
	CHECK("A", t == 1 && count == 2);
	CHECK("end", journal_next(&r, out->s, out->len, &at, &chain) == 0 &&
		at == out->len);
}

static unsigned
count_whole(const char *p, size_t len, uint64_t chain)
{
	struct journal_record r;
	size_t at = 0;
	unsigned n = 0;

	while (journal_next(&r, p, len, &at, &chain))
		n++;
	return n;
}

static void
journal(void)
{
	stralloc out = { 0 }, other = { 0 };
	uint64_t chain = 7, chain2 = 8;
	struct guard g;
	size_t i, ends[3], at = 0;
	struct journal_record r;
	unsigned n = 0, want;

	put_records(&out, &chain);
	read_records(&out, 7);
	chain = 7;
	while (journal_next(&r, out.s, out.len, &at, &chain))
		ends[n++] = at;
	for (i = 0; i < out.len; i++) {
		char *p = guard_copy(&g, out.s, i);

		want = (i >= ends[0]) + (i >= ends[1]);
		CHECK("cut", count_whole(p, i, 7) == want);
		guard_free(&g);
	}
	for (i = 0; i < out.len; i++) {
		want = (i >= ends[0]) + (i >= ends[1]);
		if (i == 14 || i == 15)
			want = 3; /* status bytes of X change in place */
		out.s[i] ^= 1;
		CHECK("flipped", count_whole(out.s, out.len, 7) == want);
		out.s[i] ^= 1;
	}
	/* a torn first record, then a stale second one of the same length */
	put_records(&other, &chain2);
	memcpy(out.s, other.s, ends[0]);
	CHECK("stale records end the journal",
	    count_whole(out.s, out.len, 8) == 1);
	sa_free(&out);
	sa_free(&other);
}

int
main(void)
{
	whole();
	cut();
	flipped();
	journal();
	return CHECK_DONE();
}
