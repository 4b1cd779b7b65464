/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <string.h>
#include "cdb-tools/cdb-tools.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "relayd/relay.h"

#define TICK_MS 1000 /* while something is going on in the journal */

static void
restore_budget(void *arg, const struct budget_key *key, uint32_t ago,
    uint32_t n)
{
	struct relay *r = arg;

	budgets_spend(&r->budgets, key, relay_now_s(r), ago, n);
}

static void
put_budget(void *arg, const struct budget_key *key, uint32_t ago, uint32_t n)
{
	journal_spent(arg, key, NULL, ago, n);
}

static void
snapshot(void *arg, struct journal *j)
{
	struct relay *r = arg;
	const struct window *w;
	uint32_t i;

	for (i = 0; i < r->windows.n; i++) {
		w = windows_at(&r->windows, i);
		journal_opened(j, &w->ip, w->mailbox, w->expires);
	}
	budgets_each(&r->budgets, relay_now_s(r), put_budget, j);
}

static void
set_clock(struct relay *r, uint64_t now_ms, uint64_t wall_s)
{
	r->now_ms = now_ms;
	r->clock.boot = relay_now_s(r);
	r->clock.wall = wall_s;
}

void
relay_init(struct relay *r, const unsigned char boot_id[JOURNAL_BOOT_SIZE])
{
	struct journal_restore restore = { relay_restore_window,
		restore_budget, relay_close_all, r };

	memset(r, 0, sizeof *r);
	set_clock(r, clock_boot_ms(), clock_wall_s());
	memcpy(r->clock.boot_id, boot_id, JOURNAL_BOOT_SIZE);
	settings_init(&r->settings, r->now_ms);
	windows_init(&r->windows);
	budgets_init(&r->budgets);
	seal_init(&r->seal);
	table_init(&r->nets, NETS_CDB);
	r->journal = (struct journal){ .path = JOURNAL_PATH, .fd = -1,
		.fresh = -1, .snapshot = snapshot, .arg = r, .now = &r->clock };
	memcpy(r->journal.boot_id, boot_id, JOURNAL_BOOT_SIZE);
	if (journal_load(JOURNAL_PATH, &r->clock, &restore) == -1)
		log_warnsys("unable to read ", JOURNAL_PATH,
		    ": starting without its windows");
	journal_start(&r->journal);
	log_event("restored", "windows", log_num(r->windows.n), "window",
	    log_num(r->settings.value[SETTINGS_WINDOW]), "budget",
	    log_num(r->settings.value[SETTINGS_BUDGET]));
}

void
relay_free(struct relay *r)
{
	journal_stop(&r->journal);
	windows_free(&r->windows);
	budgets_free(&r->budgets);
	seal_free(&r->seal);
	table_close(&r->nets);
}

void
relay_tick(struct relay *r, uint64_t now_ms, uint64_t wall_s)
{
	set_clock(r, now_ms, wall_s);
	settings_refresh(&r->settings, now_ms);
	relay_expire(r);
	journal_tick(&r->journal, now_ms);
}

int
relay_wait_ms(const struct relay *r)
{
	const struct window *w = windows_first(&r->windows);
	uint64_t at;

	if (r->journal.fresh != -1 || r->journal.failed_ms)
		return TICK_MS;
	if (!w)
		return -1;
	at = (uint64_t)w->expires * 1000;
	if (at <= r->now_ms)
		return 0;
	return at - r->now_ms > INT_MAX ? INT_MAX : (int)(at - r->now_ms);
}
