/* SPDX-License-Identifier: ISC */
/* relayd's journal as a restart reads it.  Byte 0: make the checksums right.
 *
 * Covers: relayd/journal_load.c relayd/journal_record.c */
#include "relayd/journal.h"
#include "tests/fuzz/fuzz.h"

static unsigned windows, budgets;

static void
window(void *arg, const struct ip *ip, const char *mailbox, uint32_t left)
{
	(void)arg;
	(void)ip;
	FUZZ_HOLDS(strlen(mailbox) <= ADDR_MAILBOX_MAX);
	FUZZ_HOLDS(!left || addr_is_mailbox(mailbox, strlen(mailbox)));
	windows++;
}

static void
budget(void *arg, const struct budget_key *key, uint32_t ago, uint32_t n)
{
	(void)arg;
	(void)key;
	(void)n;
	FUZZ_HOLDS(ago < BUDGETS_STEP * BUDGETS_STEPS);
	budgets++;
}

static void
close_all(void *arg)
{
	(void)arg;
}

FUZZ_BEGIN(fuzz_scratch)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct journal_restore restore = { .window = window,
		.budget = budget, .close_all = close_all };
	struct journal_clock now = { .wall = 1790000000, .boot = 5000,
		.boot_id = "0123456789abcdef" };
	struct fuzz f = { (const char *)data, size };
	struct journal_record r;
	unsigned char *p, one[JOURNAL_RECORD];
	bool mend = fuzz_byte(&f) & 1;
	size_t at;

	p = (unsigned char *)fuzz_copy(f.p, f.len);
	for (at = 0; mend && at + JOURNAL_RECORD <= f.len; at += JOURNAL_RECORD) {
		r.type = (char)p[at];
		memcpy(&r.n, p + at + 4, 4);
		memcpy(&r.wall, p + at + 8, 8);
		memcpy(&r.boot, p + at + 16, 4);
		memcpy(&r.ends, p + at + 20, 4);
		memcpy(r.ip, p + at + 24, 16);
		memcpy(r.key, p + at + 40, sizeof r.key);
		journal_encode(one, &r);
		memcpy(p + at, one, sizeof one);
	}
	fuzz_file("windows", p, f.len);
	FUZZ_HOLDS(journal_load("windows", &now, &restore) == 1);
	free(p);
	return 0;
}
