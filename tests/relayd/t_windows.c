/* SPDX-License-Identifier: ISC */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "relayd/windows.h"
#include "tests/lib/check.h"

static struct ip
ip_of(const char *text)
{
	struct ip ip;

	if (!ip_parse(&ip, text))
		abort();
	return ip;
}

static struct window *
open_at(struct windows *ws, const char *ip, const char *mailbox, uint32_t now,
    uint32_t ends)
{
	struct ip a = ip_of(ip);
	bool fresh;

	return windows_open(ws, &a, mailbox, now, ends, &fresh);
}

static bool
is_open(struct windows *ws, const char *ip, const char *mailbox)
{
	struct ip a = ip_of(ip);

	return windows_find(ws, &a, mailbox) != NULL;
}

static void
test_finding(void)
{
	struct windows ws;
	struct ip a = ip_of("192.0.2.1");
	struct window *w;
	char name[ADDR_MAILBOX_MAX + 1];
	bool fresh;
	int n = 0;

	windows_init(&ws);
	CHECK("empty", !is_open(&ws, "192.0.2.1", "ann"));
	CHECK("empty", !windows_of_ip(&ws, &a) &&
	    !windows_of_mailbox(&ws, "ann") && !windows_first(&ws));
	open_at(&ws, "192.0.2.1", "ann", 10, 100);
	open_at(&ws, "192.0.2.1", "bob", 11, 50);
	open_at(&ws, "192.0.2.2", "ann", 12, 70);
	CHECK("found", is_open(&ws, "192.0.2.1", "ann"));
	CHECK("mapped is plain", is_open(&ws, "::ffff:192.0.2.1", "ann"));
	CHECK("other address", !is_open(&ws, "192.0.2.3", "ann"));
	CHECK("prefix of a name", !is_open(&ws, "192.0.2.1", "an"));
	windows_mailbox(name, windows_of_ip(&ws, &a));
	CHECK("the latest of an address", !strcmp(name, "bob"));
	w = windows_open(&ws, &a, "ann", 20, 120, &fresh);
	CHECK("renewed", !fresh && w->expires == 120 && ws.n == 3);
	windows_mailbox(name, windows_of_ip(&ws, &a));
	CHECK("renewed comes first", !strcmp(name, "ann"));
	for (w = windows_of_mailbox(&ws, "ann"); w;
	    w = windows_next_of_mailbox(&ws, w))
		n++;
	CHECK("two of ann", n == 2);
	CHECK("first to end", windows_first(&ws)->expires == 50);
	windows_close(&ws, windows_first(&ws));
	CHECK("next to end", windows_first(&ws)->expires == 70);
	CHECK("closed", !is_open(&ws, "192.0.2.1", "bob") && ws.n == 2);
	open_at(&ws, "192.0.2.1", "a123456789012345678901234567890z", 1, 2);
	CHECK("the longest name",
	    is_open(&ws, "192.0.2.1", "a123456789012345678901234567890z"));
	windows_mailbox(name, windows_first(&ws));
	CHECK("the longest name", strlen(name) == 32);
	windows_free(&ws);
}

/* Random opens and closes beside a plain array that says what must be. */
#define ADDRESSES 40
#define NAMES     30

static void
test_random(void)
{
	static uint32_t truth[ADDRESSES][NAMES];
	struct windows ws;
	struct window *w;
	char ip[32], name[16];
	uint32_t now, i, j, n, last;
	bool good = true;

	windows_init(&ws);
	srand(1);
	for (now = 1; now < 20000; now++) {
		i = (uint32_t)rand() % ADDRESSES;
		j = (uint32_t)rand() % NAMES;
		snprintf(ip, sizeof ip, "10.0.0.%u", i);
		snprintf(name, sizeof name, "box%u", j);
		if (rand() % 3) {
			truth[i][j] = now + (uint32_t)rand() % 1000;
			open_at(&ws, ip, name, now, truth[i][j]);
		} else if (truth[i][j]) {
			struct ip a = ip_of(ip);

			windows_close(&ws, windows_find(&ws, &a, name));
			truth[i][j] = 0;
		}
		good = good && is_open(&ws, ip, name) == (truth[i][j] != 0);
	}
	for (i = n = 0; i < ADDRESSES; i++)
		for (j = 0; j < NAMES; j++)
			n += truth[i][j] != 0;
	CHECK("as the array says", good && n == ws.n);
	for (last = 0; (w = windows_first(&ws)) != NULL; last = w->expires) {
		good = good && w->expires >= last;
		last = w->expires;
		windows_close(&ws, w);
	}
	CHECK("they end in order", good);
	CHECK("none left", ws.n == 0);
	windows_free(&ws);
}

static void
test_many(void)
{
	struct windows ws;
	char ip[64], name[16];
	uint32_t i;
	bool good = true;
	size_t bytes;

	windows_init(&ws);
	for (i = 0; i < 100000; i++) {
		snprintf(ip, sizeof ip, "10.%u.%u.%u", i >> 16, i >> 8 & 255,
		    i & 255);
		snprintf(name, sizeof name, "m%u", i / 2);
		open_at(&ws, ip, name, i, i + 1800);
	}
	for (i = 0; i < 100000; i += 777) {
		snprintf(ip, sizeof ip, "10.%u.%u.%u", i >> 16, i >> 8 & 255,
		    i & 255);
		snprintf(name, sizeof name, "m%u", i / 2);
		good = good && is_open(&ws, ip, name);
	}
	CHECK("100,000 are found", good && ws.n == 100000);
	bytes = ws.n * (sizeof(struct window) + 4) +
	    3 * sizeof(uint32_t) * ws.buckets;
	CHECK("at most 100 bytes each", bytes / ws.n <= 100);
	windows_free(&ws);
}

int
main(void)
{
	if (sodium_init() == -1)
		return 111;
	test_finding();
	test_random();
	test_many();
	return CHECK_DONE();
}
