/* SPDX-License-Identifier: ISC */
#include "lib/clock.h"
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define LAST_SECOND 253402214400ULL /* in year 9999, whatever the time zone */

uint64_t
clock_boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
clock_boot_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec;
}

uint64_t
clock_wall_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec;
}

/* Has tzset found a zone?  localtime_r, and glibc's gmtime_r too, would go and
 * read one by themselves, which a confined process may not. */
static bool
have_zone(void)
{
	return timezone != 0 || daylight != 0;
}

/* gmtime_r by hand: years that begin in March, from the year 0 on, in eras of
 * 400 years. */
static void
utc(struct tm *tm, uint64_t s)
{
	uint64_t days = s / 86400 + 719468;
	unsigned secs = (unsigned)(s % 86400);
	unsigned era = (unsigned)(days / 146097);
	unsigned doe = (unsigned)(days % 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned month = (5 * doy + 2) / 153; /* 0: March */

	tm->tm_mday = (int)(doy - (153 * month + 2) / 5 + 1);
	tm->tm_mon = (int)((month + 2) % 12);
	tm->tm_year = (int)(yoe + era * 400 + (month >= 10)) - 1900;
	tm->tm_wday = (int)((days + 3) % 7);
	tm->tm_hour = (int)(secs / 3600);
	tm->tm_min = (int)(secs / 60 % 60);
	tm->tm_sec = (int)(secs % 60);
}

static char *
put_text(char *p, const char *s)
{
	while (*s)
		*p++ = *s++;
	return p;
}

static char *
put_two(char *p, unsigned n)
{
	*p++ = (char)('0' + n / 10 % 10);
	*p++ = (char)('0' + n % 10);
	return p;
}

/* "Sun, 29 Nov 2026 00:25:32 +0000", without printf: a session that was just
 * forked would pay for that with a page. */
static void
write_date(char *p, const struct tm *tm)
{
	static const char days[7][6] = { "Sun, ", "Mon, ", "Tue, ", "Wed, ",
		"Thu, ", "Fri, ", "Sat, " };
	static const char months[12][6] = { " Jan ", " Feb ", " Mar ", " Apr ",
		" May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ",
		" Dec " };
	unsigned off = (unsigned)labs(tm->tm_gmtoff) / 60;
	unsigned year = (unsigned)tm->tm_year + 1900;

	p = put_text(p, days[tm->tm_wday % 7]);
	p = put_two(p, (unsigned)tm->tm_mday);
	p = put_text(p, months[tm->tm_mon % 12]);
	p = put_two(p, year / 100);
	p = put_two(p, year);
	*p++ = ' ';
	p = put_two(p, (unsigned)tm->tm_hour);
	*p++ = ':';
	p = put_two(p, (unsigned)tm->tm_min);
	*p++ = ':';
	p = put_two(p, (unsigned)tm->tm_sec);
	p = put_text(p, tm->tm_gmtoff < 0 ? " -" : " +");
	p = put_two(p, off / 60);
	*put_two(p, off % 60) = 0;
}

void
clock_rfc5322(char out[CLOCK_RFC5322_SIZE], uint64_t wall_s)
{
	time_t t = (time_t)(wall_s < LAST_SECOND ? wall_s : LAST_SECOND);
	struct tm tm = { 0 };

	if (have_zone())
		localtime_r(&t, &tm);
	else
		utc(&tm, (uint64_t)t);
	write_date(out, &tm);
}
