/* SPDX-License-Identifier: ISC */
#include "queue/schedule.h"

#include "queue/messages.h"
#include "tests/lib/check.h"

static const struct {
	const char *name;
	unsigned attempts;
	bool local;
	uint64_t factor;
} rows[] = {
	{ "first", 1, false, 1 },
	{ "second", 2, false, 5 },
	{ "third", 3, false, 15 },
	{ "seventh", 7, false, 240 },
	{ "much later", 5000, false, 240 },
	{ "own fault, first", 1, true, 1 },
	{ "own fault, later", 300, true, 5 },
	{ "none yet", 0, false, 1 },
};

static void
intervals(void)
{
	struct schedule s = { .retry_ms = 60000 };
	uint64_t ms, base;
	uint32_t jitter;
	unsigned i, j;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		base = s.retry_ms * rows[i].factor;
		for (j = 0; j < 1000; j++) {
			jitter = schedule_random();
			ms = schedule_interval(&s, rows[i].attempts,
			    rows[i].local, jitter);
			CHECK(rows[i].name, ms >= base - base / 8);
			CHECK(rows[i].name, ms <= base + base / 8);
		}
		CHECK(rows[i].name,
		    schedule_interval(&s, rows[i].attempts, rows[i].local, 0) !=
			schedule_interval(&s, rows[i].attempts, rows[i].local,
			    5000));
	}
}

/* The heap gives them in order, whatever is taken out in between. */
static void
heap(void)
{
	struct message *m[2000];
	uint64_t last;
	char id[32];
	unsigned i, n;

	for (i = 0; i < 2000; i++) {
		snprintf(id, sizeof id, "id%u", i);
		m[i] = message_new(id);
		CHECK("made", m[i] != NULL);
		m[i]->attempts = 1;
		message_due(m[i], schedule_random() % 1000);
	}
	CHECK("twice", message_new("id5") == NULL);
	CHECK("found", message_find("id1999") == m[1999]);
	for (i = 0; i < 2000; i += 3)
		message_free(m[i]);
	for (i = 1; i < 2000; i += 3)
		message_due(m[i], schedule_random() % 1000);
	CHECK("gone", message_find("id0") == NULL && message_find("id1"));
	n = (unsigned)message_count();
	for (last = 0; n; n--) {
		struct message *f = message_first(false);

		CHECK("in order", f && f->next >= last);
		last = f->next;
		message_free(f);
	}
	CHECK("empty", !message_first(false) && !message_count());
}

/* Fresh ones are apart. */
static void
fresh(void)
{
	struct message *a = message_new("a"), *b = message_new("b");

	b->attempts = 1;
	message_due(a, 50);
	message_due(b, 10);
	CHECK("fresh", message_first(true) == a && message_first(false) == b);
	a->attempts = 1;
	message_due(a, 5);
	CHECK("not any more", !message_first(true) && message_first(false) == a);
	message_rest(a);
	CHECK("resting", message_first(false) == b);
	message_free(a);
	message_free(b);
}

int
main(void)
{
	intervals();
	heap();
	fresh();
	return CHECK_DONE();
}
