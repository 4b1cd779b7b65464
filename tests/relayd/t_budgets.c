/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "relayd/budgets.h"
#include "tests/lib/check.h"

static const struct {
	const char *name;
	uint32_t at, n;     /* spent then */
	uint32_t ask;       /* asked then */
	uint64_t spent;
} rows[] = {
	{ "just now", 10000, 5, 10000, 5 },
	{ "half an hour on", 10000, 5, 11800, 5 },
	{ "an hour less a second on", 10000, 5, 13599, 5 },
	{ "an hour on, in the same step", 10200, 5, 13800, 5 },
	{ "more than an hour and a step on", 10000, 5, 13901, 0 },
	{ "a day on", 10000, 5, 96400, 0 },
	{ "just booted", 0, 7, 10, 7 },
	{ "just booted, an hour on", 0, 7, 4000, 0 },
};

static void
test_rows(void)
{
	struct budget_key key = budgets_key_mailbox("ann");
	struct budgets bs;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		budgets_init(&bs);
		budgets_spend(&bs, &key, rows[i].at, 0, rows[i].n);
		CHECK(rows[i].name,
		    budgets_spent(&bs, &key, rows[i].ask) == rows[i].spent);
		budgets_free(&bs);
	}
}

/* Whoever spends all that is left, whenever, spends at most the budget in any
 * hour. */
static void
test_any_hour(void)
{
	static uint32_t spent[20000];
	struct budget_key key = budgets_key_mailbox("ann");
	struct budgets bs;
	uint32_t now, i, worst = 0, hour = 0;
	uint64_t left;

	budgets_init(&bs);
	for (now = 0; now < 20000; now++) {
		left = 500 - budgets_spent(&bs, &key, now);
		if (left > 7)
			left = 7;
		budgets_spend(&bs, &key, now, 0, left);
		spent[now] = (uint32_t)left;
	}
	for (i = 0; i < 20000; i++) {
		hour += spent[i];
		if (i >= 3600)
			hour -= spent[i - 3600];
		if (hour > worst)
			worst = hour;
	}
	CHECK("500 in the worst hour", worst == 500);
	budgets_free(&bs);
}

static void
collect(void *arg, const struct budget_key *key, uint32_t ago, uint32_t n)
{
	(void)key;
	budgets_spend(arg, key, 50000, ago, n);
}

static void
test_rest(void)
{
	struct budget_key ann = budgets_key_mailbox("ann");
	struct budget_key bob = budgets_key_mailbox("bob"), key;
	struct budgets bs, copy;
	char name[32];
	uint32_t i;
	struct ip ip;

	budgets_init(&bs);
	budgets_init(&copy);
	ip_parse(&ip, "192.0.2.1");
	key = budgets_key_ip(&ip);
	CHECK("an address is no mailbox", memcmp(&key, &ann, sizeof key) &&
	    key.b[0] == 1);
	budgets_spend(&bs, &ann, 50000, 0, 3);
	budgets_spend(&bs, &ann, 50000, 1000, 4);
	budgets_spend(&bs, &ann, 50000, 5000, 100);
	CHECK("in the past, not past the hour",
	    budgets_spent(&bs, &ann, 50000) == 7);
	CHECK("another's", budgets_spent(&bs, &bob, 50000) == 0);
	budgets_each(&bs, 50000, collect, &copy);
	CHECK("copied", budgets_spent(&copy, &ann, 50000) == 7);
	CHECK("copied steps", budgets_spent(&copy, &ann, 53400) ==
	    budgets_spent(&bs, &ann, 53400));
	CHECK("said once", budgets_say(&bs, &ann, 60000));
	CHECK("said once an hour", !budgets_say(&bs, &ann, 63000));
	CHECK("said again", budgets_say(&bs, &ann, 63700));
	budgets_spend(&bs, &ann, 63700, 0, UINT64_MAX);
	budgets_spend(&bs, &ann, 63700, 0, UINT64_MAX);
	CHECK("no overflow", budgets_spent(&bs, &ann, 63700) == UINT32_MAX);
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "k%u", i);
		key = budgets_key_mailbox(name);
		budgets_spend(&bs, &key, 100000 + i * 10, 0, 1);
	}
	CHECK("those who rest make room", bs.n < 1100);
	CHECK("the last is there", budgets_spent(&bs, &key, 150000) == 1);
	budgets_free(&bs);
	budgets_free(&copy);
}

int
main(void)
{
	if (sodium_init() == -1)
		return 111;
	test_rows();
	test_any_hour();
	test_rest();
	return CHECK_DONE();
}
