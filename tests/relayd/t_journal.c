/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lib/clock.h"
#include "lib/log.h"
#include "relayd/journal.h"
#include "relayd/journal_sync.h"
#include "relayd/windows.h"
#include "tests/lib/check.h"

#define PATH "log"
#define WALL 1800000000ULL

static struct windows windows;
static struct budgets budgets;
static int all_closed;
static struct journal_clock now;

static void
on_window(void *arg, const struct ip *ip, const char *mailbox, uint32_t left)
{
	struct window *w = windows_find(&windows, ip, mailbox);
	bool fresh;

	(void)arg;
	if (left)
		windows_open(&windows, ip, mailbox, now.boot, now.boot + left,
		    &fresh);
	else if (w)
		windows_close(&windows, w);
}

static void
on_budget(void *arg, const struct budget_key *key, uint32_t ago, uint32_t n)
{
	(void)arg;
	budgets_spend(&budgets, key, now.boot, ago, n);
}

static void
on_close_all(void *arg)
{
	(void)arg;
	all_closed++;
	windows_free(&windows);
}

static int
load(void)
{
	struct journal_restore to = { on_window, on_budget, on_close_all,
		NULL };

	windows_free(&windows);
	budgets_free(&budgets);
	all_closed = 0;
	return journal_load(PATH, &now, &to);
}

static void
snapshot(void *arg, struct journal *j)
{
	const struct window *w;
	uint32_t i;

	(void)arg;
	for (i = 0; i < windows.n; i++) {
		w = windows_at(&windows, i);
		journal_opened(j, &w->ip, w->mailbox, w->expires);
	}
}

static struct ip
ip_of(int i)
{
	struct ip ip;
	char text[32];

	snprintf(text, sizeof text, "192.0.2.%d", i);
	ip_parse(&ip, text);
	return ip;
}

static void
set_now(uint64_t wall, uint32_t boot, int boot_id)
{
	now.wall = wall;
	now.boot = boot;
	memset(now.boot_id, boot_id, sizeof now.boot_id);
}

static void
begin(struct journal *j)
{
	unlink(PATH);
	windows_free(&windows);
	set_now(WALL, 5000, 7);
	memset(j, 0, sizeof *j);
	j->path = PATH;
	j->fd = j->fresh = -1;
	j->snapshot = snapshot;
	j->now = &now;
	memset(j->boot_id, 7, sizeof j->boot_id);
	CHECK("starts", journal_start(j) == 0);
}

static void
open_one(struct journal *j, int i, uint32_t seconds)
{
	char mailbox[ADDR_MAILBOX_MAX] = "ann";
	struct ip ip = ip_of(i);

	journal_opened(j, &ip, mailbox, now.boot + seconds);
}

/* What is left of a window of 1800 seconds, by how the clocks went on. */
static const struct {
	const char *name;
	uint64_t wall;
	uint32_t boot;
	int boot_id;
	uint32_t left; /* 0: none */
	int all_closed;
} clocks[] = {
	{ "killed and restarted", WALL + 10, 5010, 7, 1790, 0 },
	{ "wall clock forward, same boot", WALL + 90000, 5010, 7, 1790, 0 },
	{ "wall clock back, same boot", WALL - 90000, 5010, 7, 1790, 0 },
	{ "over, same boot", WALL, 6800, 7, 0, 0 },
	{ "rebooted", WALL + 100, 20, 8, 1700, 0 },
	{ "rebooted, no time passed", WALL, 20, 8, 1800, 0 },
	{ "rebooted, over", WALL + 1800, 20, 8, 0, 0 },
	{ "rebooted, wall clock back", WALL - 1, 20, 8, 0, 1 },
	{ "rebooted, boot clock far on", WALL + 100, 900000, 8, 1700, 0 },
	{ "no boot id", WALL + 100, 5010, 0, 1700, 0 },
};

static void
test_clocks(void)
{
	struct journal j;
	size_t i;

	begin(&j);
	open_one(&j, 1, 1800);
	journal_stop(&j);
	for (i = 0; i < sizeof clocks / sizeof *clocks; i++) {
		set_now(clocks[i].wall, clocks[i].boot, clocks[i].boot_id);
		CHECK(clocks[i].name, load() == 1);
		CHECK(clocks[i].name, windows.n == (clocks[i].left != 0));
		if (windows.n)
			CHECK(clocks[i].name, windows_at(&windows, 0)->expires
			    - now.boot == clocks[i].left);
		CHECK(clocks[i].name, all_closed == clocks[i].all_closed);
	}
}

static void
test_order(void)
{
	char mailbox[ADDR_MAILBOX_MAX] = "ann";
	struct budget_key a = budgets_key_mailbox("ann");
	struct budget_key b = budgets_key_mailbox("bob");
	struct journal j;
	struct ip ip = ip_of(1);

	begin(&j);
	open_one(&j, 1, 1800);
	open_one(&j, 2, 900);
	journal_closed(&j, &ip, mailbox);
	open_one(&j, 3, 100);
	open_one(&j, 3, 1000);
	journal_spent(&j, &a, &b, 0, 40);
	journal_spent(&j, &a, NULL, 0, 2);
	journal_stop(&j);
	set_now(WALL + 200, 5200, 7);
	CHECK("loads", load() == 1);
	CHECK("closed, renewed", windows.n == 2);
	CHECK("closed stays closed", !windows_find(&windows, &ip, "ann"));
	ip = ip_of(3);
	CHECK("renewed counts",
	    windows_find(&windows, &ip, "ann")->expires == 6000);
	CHECK("spent", budgets_spent(&budgets, &a, 5200) == 42);
	CHECK("spent", budgets_spent(&budgets, &b, 5200) == 40);
	set_now(WALL + 7200, 5, 9);
	load();
	CHECK("an hour ago, another boot",
	    budgets_spent(&budgets, &a, 5) == 0);
	set_now(WALL + 200, 5, 9);
	load();
	CHECK("just rebooted", budgets_spent(&budgets, &a, 5) == 42);
}

/* Five windows; the file cut at every byte, and garbage at every byte. */
static void
test_damage(void)
{
	static unsigned char whole[4096];
	struct journal j;
	size_t len, cut, expect;
	int fd, i;

	begin(&j);
	for (i = 1; i <= 5; i++)
		open_one(&j, i, 1800);
	journal_stop(&j);
	fd = open(PATH, O_RDONLY);
	len = (size_t)read(fd, whole, sizeof whole);
	close(fd);
	CHECK("six records", len == 6 * JOURNAL_RECORD);
	for (cut = 0; cut <= len; cut++) {
		CHECK("cut", truncate(PATH, (off_t)(len - cut)) == 0);
		CHECK("cut", load() == 1);
		expect = (len - cut) / JOURNAL_RECORD;
		CHECK("what is whole counts", windows.n ==
		    (expect ? expect - 1 : 0));
	}
	for (cut = 0; cut < len; cut++) {
		whole[cut] ^= 0x40;
		fd = open(PATH, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		CHECK("write", write(fd, whole, len) == (ssize_t)len);
		close(fd);
		whole[cut] ^= 0x40;
		CHECK("garbage", load() == 1);
		expect = cut / JOURNAL_RECORD;
		CHECK("what stands before it counts", windows.n ==
		    (expect ? expect - 1 : 0));
	}
}

static void
test_close_behind_damage(void)
{
	char mailbox[ADDR_MAILBOX_MAX] = "ann";
	struct journal j;
	struct ip ip = ip_of(1);
	int fd;

	begin(&j);
	open_one(&j, 1, 1800);
	open_one(&j, 2, 1800);
	open_one(&j, 3, 1800);
	journal_closed(&j, &ip, mailbox);
	open_one(&j, 4, 1800);
	journal_stop(&j);
	fd = open(PATH, O_WRONLY);
	CHECK("damage", pwrite(fd, "x", 1, 3 * JOURNAL_RECORD + 9) == 1);
	close(fd);
	load();
	CHECK("a closing behind the damage counts, an opening does not",
	    windows.n == 1 && !windows_find(&windows, &ip, "ann"));
}

/* RLIMIT_FSIZE stands in for a full disk. */
static void
set_room(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
test_full(void)
{
	char mailbox[ADDR_MAILBOX_MAX] = "ann";
	struct ip ip = ip_of(1);
	struct journal j;
	struct stat st;
	uint64_t lost;

	begin(&j);
	open_one(&j, 1, 1800);
	set_room(2 * JOURNAL_RECORD + 30);
	open_one(&j, 2, 1800);
	CHECK("counted", j.failed_ms && j.lost == 1);
	CHECK("no half record", stat(PATH, &st) == 0 &&
	    st.st_size == 2 * JOURNAL_RECORD);
	lost = j.lost;
	open_one(&j, 3, 1800);
	CHECK("counted on", j.lost == lost + 1);
	load();
	CHECK("the first is kept", windows.n == 1);
	journal_closed(&j, &ip, mailbox);
	load();
	CHECK("a closing empties it", windows.n == 0);
	set_room(RLIM_INFINITY);
	open_one(&j, 9, 1800);
	journal_tick(&j, j.failed_ms + JOURNAL_RETRY_MS);
	CHECK("written again", !j.failed_ms && !j.lost);
	journal_stop(&j);
}

static void
test_growth(void)
{
	struct journal j;
	struct stat st;
	uint64_t wrote = 0;
	bool fresh;
	struct ip ip = ip_of(1);
	int i;

	begin(&j);
	j.sync = journal_sync_start();
	windows_open(&windows, &ip, "ann", now.boot, now.boot + 1800, &fresh);
	for (i = 0; j.size <= JOURNAL_GROW_MIN; i++) {
		open_one(&j, 1, 1800);
		wrote += JOURNAL_RECORD;
	}
	journal_tick(&j, 1);
	CHECK("written anew beside it", j.fresh != -1);
	open_one(&j, 2, 1800); /* meanwhile: into both */
	for (i = 0; i < 500 && j.fresh != -1; i++) {
		usleep(10000);
		journal_tick(&j, 2);
	}
	CHECK("replaced", j.fresh == -1);
	CHECK("small again", stat(PATH, &st) == 0 &&
	    st.st_size == 3 * JOURNAL_RECORD);
	open_one(&j, 3, 1800);
	journal_stop(&j);
	load();
	CHECK("all there", windows.n == 3);
}

/* A sync that fails in the thread: the file is written anew. */
static void
test_unsynced(void)
{
	struct ip ip = ip_of(1);
	struct journal j;
	bool fresh;
	int i, ends[2];

	begin(&j);
	j.sync = journal_sync_start();
	CHECK("a pipe cannot be synced", pipe(ends) == 0);
	journal_sync_dirty(j.sync, ends[1]);
	for (i = 0; i < 500 && !j.failed_ms; i++) {
		usleep(10000);
		journal_tick(&j, clock_boot_ms());
	}
	CHECK("noticed", j.failed_ms);
	windows_open(&windows, &ip, "ann", now.boot, now.boot + 1800, &fresh);
	journal_tick(&j, j.failed_ms + JOURNAL_RETRY_MS);
	CHECK("written anew", !j.failed_ms);
	CHECK("once", journal_sync_error(j.sync) == 0);
	journal_stop(&j);
	close(ends[0]);
	close(ends[1]);
	load();
	CHECK("all there", windows.n == 1);
}

int
main(void)
{
	char dir[] = "/tmp/t_journal.XXXXXX";
	int null = open("/dev/null", O_WRONLY);

	if (sodium_init() == -1 || !mkdtemp(dir) || chdir(dir) == -1)
		return 111;
	signal(SIGXFSZ, SIG_IGN);
	stderr = fdopen(dup(2), "w"); /* for the checks; the log goes nowhere */
	setvbuf(stderr, NULL, _IONBF, 0);
	dup2(null, 2);
	log_program("t_journal");
	windows_init(&windows);
	budgets_init(&budgets);
	test_clocks();
	test_order();
	test_damage();
	test_close_behind_damage();
	test_full();
	test_growth();
	test_unsynced();
	unlink(PATH);
	if (chdir("/") == 0)
		rmdir(dir);
	return CHECK_DONE();
}
