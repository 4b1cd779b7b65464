/* SPDX-License-Identifier: ISC */
#include "queue/robot.h"
#include "tests/lib/check.h"
#include "tests/lib/guard.h"

static const struct {
	const char *header;
	bool robot;
} rows[] = {
	{ "", false },
	{ "From: a@b\nSubject: List-Id\n", false },
	{ "From: a@b\nlist-id: <x>\n", true },
	{ "List-Unsubscribe: <x>", true },
	{ "X-List-Id: x\n", false },
	{ "Precedence: bulk\n", true },
	{ "PRECEDENCE:\tList\n", true },
	{ "Precedence: junk (x)\n", true },
	{ "Precedence: bulky\n", false },
	{ "Precedence: first-class\n", false },
	{ "Auto-Submitted: no\n", false },
	{ "Auto-Submitted: No (x)\nA: b\n", false },
	{ "Auto-Submitted: auto-replied\n", true },
	{ "Auto-Submitted: nothing\n", true },
	{ "Auto-Submitted:", true },
	{ "A: b\nAuto-Submitted: auto-generated; x=y", true },
	{ "\n\n\n", false },
};

int
main(void)
{
	size_t i, len;
	struct guard g;
	bool last = false;
	char *p;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (len = 0; len <= strlen(rows[i].header); len++) {
			p = guard_copy(&g, rows[i].header, len);
			last = robot_wrote(p, len);
			guard_free(&g);
		}
		CHECK(rows[i].header, last == rows[i].robot);
	}
	return CHECK_DONE();
}
