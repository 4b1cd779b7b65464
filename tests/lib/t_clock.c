/* SPDX-License-Identifier: ISC */
#include "lib/clock.h"
#include <string.h>
#include <time.h>
#include "tests/lib/check.h"

static const struct {
	const char *tz;
	uint64_t s;
	const char *want;
} rows[] = {
	{ NULL, 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ NULL, 1795202476, "Fri, 20 Nov 2026 19:21:16 +0000" },
	{ NULL, 951782400, "Tue, 29 Feb 2000 00:00:00 +0000" },
	{ NULL, 951868799, "Tue, 29 Feb 2000 23:59:59 +0000" },
	{ NULL, 951868800, "Wed, 01 Mar 2000 00:00:00 +0000" },
	{ NULL, 4107542400, "Mon, 01 Mar 2100 00:00:00 +0000" },
	{ NULL, 4102444799, "Thu, 31 Dec 2099 23:59:59 +0000" },
	{ NULL, UINT64_MAX, "Fri, 31 Dec 9999 00:00:00 +0000" },
	{ "IST-5:30", 1795202476, "Sat, 21 Nov 2026 00:51:16 +0530" },
	{ "NST3:30", 1795202476, "Fri, 20 Nov 2026 15:51:16 -0330" },
	{ "GMT0BST,M3.5.0/1,M10.5.0", 1783000000,
	    "Thu, 02 Jul 2026 14:46:40 +0100" },
	{ "UTC0", 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
};

int
main(void)
{
	char out[CLOCK_RFC5322_SIZE];
	uint64_t before = clock_boot_ms();
	size_t i;

	setenv("TZ", "IST-5:30", 1); /* not read yet: must not count */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].tz) {
			setenv("TZ", rows[i].tz, 1);
			tzset();
		}
		clock_rfc5322(out, rows[i].s);
		CHECK(rows[i].want, strcmp(out, rows[i].want) == 0);
	}
	CHECK("forward", clock_boot_ms() >= before);
	CHECK("same clock", clock_boot_s() - clock_boot_ms() / 1000 <= 1);
	CHECK("after 2020", clock_wall_s() > 1577836800);
	return CHECK_DONE();
}
