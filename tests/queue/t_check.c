/* SPDX-License-Identifier: ISC */
/* What a message must be, in one piece and in two cut anywhere. */
#include "queue/check.h"

#include <string.h>
#include "lib/setting_table.h"
#include "queue/budget.h"
#include "queue/mailaddr.h"
#include "queue/spool_dirs.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

#define B(s) (s), sizeof(s) - 1

static const struct {
	const char *name, *s;
	size_t len;
	bool good, eight;
	unsigned hops;
} rows[] = {
	{ "plain", B("a: b\n\nc\n"), true, false, 0 },
	{ "a field alone", B("a: b\n"), true, false, 0 },
	{ "body alone", B("\nbody\n"), true, false, 0 },
	{ "hops", B("Received: x\nReceived: y\nrEcEiVeD:z\n\nReceived: no\n"),
	    true, false, 3 },
	{ "not quite", B("Received : x\nX-Received: y\n\n"), true, false, 0 },
	{ "folded", B("a: b\n Received: x\n\n"), true, false, 0 },
	{ "eight", B("a: b\n\n\xc3\xa9 0123456789\n"), true, true, 0 },
	{ "eight late", B("a: b\n\n0123456789abcdef\xff\n"), true, true, 0 },
	{ "NUL", B("a: b\n\n\0\n"), false, false, 0 },
	{ "CR", B("a: b\r\n\n"), false, false, 0 },
	{ "no end", B("a: b\n\nx"), false, false, 0 },
};

static void
messages(void)
{
	struct check c;
	struct guard g;
	unsigned i;
	size_t at;

	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (at = 0; at <= rows[i].len; at++) {
			char *p = guard_copy(&g, rows[i].s, rows[i].len);

			check_start(&c);
			check_bytes(&c, p, at);
			check_bytes(&c, p + at, rows[i].len - at);
			CHECK(rows[i].name, !check_end(&c) == rows[i].good);
			CHECK(rows[i].name, c.eight == rows[i].eight);
			CHECK(rows[i].name, c.hops == rows[i].hops);
			guard_free(&g);
		}
}

static const struct {
	const char *value, *want; /* addresses, '|' behind each */
} fields[] = {
	{ "a@b", "a@b|" },
	{ " a@b , c@d\n", "a@b|c@d|" },
	{ "Ann <a@b>, \"B, c\" <c@d>", "a@b|c@d|" },
	{ "root (Cron, Daemon)", "root|" },
	{ "team: a@b, c@d; , e@f", "a@b|c@d|e@f|" },
	{ "undisclosed-recipients:;", "" },
	{ "\"a b\"@c", "\"a b\"@c|" },
	{ "(x (y) z) a@b (c)", "a@b|" },
	{ "<@x,@y:a@b>", "@x,@y:a@b|" },
	{ "a@b,\n\tc@d", "a@b|c@d|" },
	{ ",,;", "" },
	{ "", "" },
	{ "<a@b", "a@b|" },
	{ "\"unclosed", "\"unclosed|" },
	{ "(unclosed", "" },
	{ "a\\", "a\\|" },
};

static void
addresses(void)
{
	char got[256];
	struct mailaddr m;
	struct guard g;
	unsigned i;
	size_t at, len, n;

	for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		len = strlen(fields[i].value);
		for (n = 0; n <= len; n++) {
			char *p = guard_copy(&g, fields[i].value, n);

			*got = 0;
			for (at = 0; mailaddr_next(&m, p, n, &at);)
				snprintf(got + strlen(got),
				    sizeof got - strlen(got), "%.*s|",
				    (int)m.len, m.s);
			CHECK(fields[i].value,
			    n < len || strcmp(got, fields[i].want) == 0);
			guard_free(&g);
		}
	}
}

static void
budgets(void)
{
	uint64_t hour = 3600000, now = 10 * hour;
	uint64_t all = setting_table[SETTING_INJECT_BUDGET].fallback;
	uid_t uid;

	budget_read();
	CHECK("all of it", budget_spend(5, all, now));
	CHECK("no more", !budget_spend(5, 1, now));
	CHECK("another uid", budget_spend(6, 1, now));
	CHECK("root", budget_spend(0, 1 << 30, now));
	CHECK("half an hour later",
	    budget_spend(5, all / 2, now + hour / 2));
	CHECK("not more than half", !budget_spend(5, 1, now + hour / 2));
	CHECK("too much at once",
	    !budget_spend(7, all + 1, now));
	for (uid = 100; uid < 100 + 2 * BUDGET_UIDS; uid++)
		CHECK("many uids", budget_spend(uid, 1, now + hour));
}

static void
ids(void)
{
	char last[QUEUE_ID_MAX] = "", id[QUEUE_ID_MAX];
	unsigned i;

	for (i = 0; i < 10000; i++) {
		spool_new_id(id);
		CHECK("later", strcmp(id, last) > 0);
		CHECK("an id", spool_is_id(id) && strlen(id) == SPOOL_ID_LEN);
		strcpy(last, id);
	}
	CHECK("child", spool_child_id(id, "abcdefghijklmn", 'b', 37) == 0 &&
		strcmp(id, "abcdefghijklmnb11") == 0);
	CHECK("child of a child", spool_is_id(id));
	CHECK("too long", spool_child_id(id,
	    "abcdefghijklmnopqrstuvwxyz012", 'b', 40) == -1);
	CHECK("no id", !spool_is_id("lock") && !spool_is_id("ABCDEFGHIJKLMN") &&
		!spool_is_id("abcdefghijklm/") && !spool_is_id(""));
}

int
main(void)
{
	messages();
	addresses();
	budgets();
	ids();
	return CHECK_DONE();
}
