/* SPDX-License-Identifier: ISC */
#include "queue/schedule.h"

#include <stddef.h>
#include <sys/random.h>
#include "lib/safefile.h"

/* 1 m, 5 m, 15 m, 30 m, 1 h, 2 h, then every 4 h, in units of etc/retry. */
static const unsigned factors[] = { 1, 5, 15, 30, 60, 120, RETRY_MAX_FACTOR };
#define NFACTORS (sizeof factors / sizeof factors[0])

void
schedule_refresh(struct schedule *s)
{
	static struct stat seen[3];
	static bool looked;

	if (setting_changed(&seen[0], "etc/retry") || !s->retry_ms)
		s->retry_ms =
		    1000 * setting_number_seen(&seen[0], SETTING_RETRY);
	if (setting_changed(&seen[1], "etc/lifetime") || !s->lifetime_s)
		s->lifetime_s =
		    setting_number_seen(&seen[1], SETTING_LIFETIME);
	if (setting_changed(&seen[2], "etc/delay-notice") || !looked)
		s->notice_s =
		    setting_number_seen(&seen[2], SETTING_DELAY_NOTICE);
	looked = true;
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
