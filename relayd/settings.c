/* SPDX-License-Identifier: ISC */
#include "relayd/settings.h"

#include <string.h>
#include "lib/safefile.h"
#include "relayd/relayd.h"

#define LOOK_MS 1000

static const struct {
	const char *name, *path;
	uint64_t fallback, min, max;
} rows[SETTINGS_NAMES] = {
	{ "window", "etc/window", RELAYD_WINDOW_DEFAULT, 1,
	    SETTINGS_WINDOW_MAX },
	{ "windows-max", "etc/windows-max", RELAYD_WINDOWS_MAX, 1,
	    SETTINGS_WINDOWS_TOP },
	{ "budget", "etc/budget", RELAYD_BUDGET_DEFAULT, 0,
	    SETTINGS_BUDGET_MAX },
	{ "window-ipv6", "etc/window-ipv6", SETTINGS_V6BITS_DEFAULT, 32, 128 },
};

static void
look(struct settings *s, int i, bool first)
{
	if (!setting_changed(&s->seen[i], rows[i].path) && !first)
		return;
	s->value[i] = setting_number_seen(&s->seen[i], rows[i].name,
	    rows[i].fallback, rows[i].min, rows[i].max);
}

void
settings_init(struct settings *s, uint64_t now_ms)
{
	int i;

	memset(s, 0, sizeof *s);
	s->looked_ms = now_ms;
	for (i = 0; i < SETTINGS_NAMES; i++)
		look(s, i, true);
}

uint64_t
settings_now(struct settings *s, enum settings_name name)
{
	look(s, (int)name, false);
	return s->value[name];
}

void
settings_refresh(struct settings *s, uint64_t now_ms)
{
	int i;

	if (now_ms - s->looked_ms < LOOK_MS)
		return;
	s->looked_ms = now_ms;
	for (i = 0; i < SETTINGS_NAMES; i++)
		look(s, i, false);
}
