/* SPDX-License-Identifier: ISC */
#include "queue/schedule.h"

#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/random.h>
#include "lib/safefile.h"

/* 1 m, 5 m, 15 m, 30 m, 1 h, 2 h, then every 4 h, in units of etc/retry. */
static const unsigned factors[] = { 1, 5, 15, 30, 60, 120, RETRY_MAX_FACTOR };
#define NFACTORS (sizeof factors / sizeof factors[0])

void
schedule_read(struct schedule *s)
{
	s->retry_ms =
	    1000 * setting_number("retry", RETRY_SECONDS, 1, 86400);
	s->lifetime_s = setting_number("lifetime", LIFETIME_SECONDS, 1,
	    365 * 86400);
	s->notice_s = setting_number("delay-notice", DELAY_NOTICE_SECONDS, 0,
	    365 * 86400);
}

void
schedule_refresh(struct schedule *s)
{
	static const char *const files[] = { "etc/retry", "etc/lifetime",
		"etc/delay-notice" };
	static struct {
		struct timespec mtime;
		off_t size;
		ino_t ino;
	} seen[3], now[3];
	static bool looked;
	struct stat st;
	size_t i;

	memset(now, 0, sizeof now);
	for (i = 0; i < 3; i++)
		if (stat(files[i], &st) == 0) {
			now[i].mtime = st.st_mtim;
			now[i].size = st.st_size;
			now[i].ino = st.st_ino;
		}
	if (looked && memcmp(seen, now, sizeof now) == 0)
		return;
	memcpy(seen, now, sizeof now);
	looked = true;
	schedule_read(s);
}

uint64_t
schedule_interval(const struct schedule *s, unsigned attempts, bool local,
    uint32_t jitter)
{
	size_t i = attempts ? attempts - 1 : 0;
	unsigned factor = factors[i < NFACTORS ? i : NFACTORS - 1];
	uint64_t ms;

	if (local && factor > LOCAL_FAULT_FACTOR)
		factor = LOCAL_FAULT_FACTOR;
	ms = s->retry_ms * factor;
	return ms - ms / 8 + jitter % (ms / 4 + 1);
}

uint32_t
schedule_random(void)
{
	static uint64_t x;

	while (!x)
		if (getrandom(&x, sizeof x, 0) != sizeof x)
			x = 88172645463325252ULL;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 16);
}
